/** Scenes as the microscope's shaders read them: shaders/shot.wgsl and cellShape.wgsl, field for field. */
import type { Body } from "./cell.ts";
import type { PupilProfile } from "./optics.ts";
import type { Scene } from "./scene.ts";

/** Floats of a body, and words of a shot. */
export const bodyFloats = 24;
export const shotWords = 16;
export const dustFloats = 4;

/** The side of the field in which a data set's `electrons` are counted a pixel. */
const pixelsOfElectrons = 512;

/** Cells, then debris. @param most bodies that there is room for. */
export function packBodies({ cells, debris, values }: Scene, most: number): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(most * bodyFloats);
  const radians = (2 * Math.PI) / values.wavelength;
  const bodies = [...cells.map(({ cell, x, y }) => ({ body: cell, x, y })), ...debris];
  bodies.forEach(({ body, x, y }, i) => packed.set(floatsOf(body, x, y, radians), i * bodyFloats));
  return packed;
}

function floatsOf(body: Body, x: number, y: number, radians: number): readonly number[] {
  const [along, across, radius, nucleus] = body.nucleus;
  return [
    ...[x, y, ...body.axis],
    ...[body.halfLength, body.halfWidth, body.bend, body.reach],
    ...[body.delay * radians, body.exponent, body.fullness, body.seed],
    ...body.harmonics,
    ...[along, across, radius, nucleus * radians],
    ...[body.nucleolus * radians, body.granuleSpacing, body.granule * radians, 0],
  ];
}

/** @param size of the image: its pixels share the electrons of the field. */
export function packShot(scene: Scene, { frequencyStep }: PupilProfile, size: number): Uint32Array<ArrayBuffer> {
  const { index, cells, debris, dust, values, tilt } = scene;
  const words = new Uint32Array(shotWords);
  const floats = new Float32Array(words.buffer);
  words.set([index, cells.length + debris.length, cells.length, dust.length]);
  const electrons = values.electrons * (pixelsOfElectrons / size) ** 2;
  floats.set([values.fieldOfView, frequencyStep, values.ringTransmission, values.exposure], 4);
  floats.set([...tilt, values.vignette, electrons, values.readNoise], 8);
  return words;
}

/** @param most spots that there is room for. */
export function packDust({ dust }: Scene, most: number): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(most * dustFloats);
  dust.forEach(({ x, y, radius, depth }, i) => packed.set([x, y, radius, depth], i * dustFloats));
  return packed;
}
