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

/** Tiles a side, for each of which there is a list of the bodies that may be in it. */
export const tilesAside = 16;

/** Bodies in the order in which they are packed: cells, then debris. */
const bodiesOf = ({ cells, debris }: Scene) => [...cells.map(({ cell, x, y }) => ({ body: cell, x, y })), ...debris];

/** For each tile, [16, 16, 1 + most]: the number of bodies that may be in it, and their places in the order of packing. */
export function packTiles(scene: Scene, most: number): Uint32Array<ArrayBuffer> {
  const { fieldOfView } = scene.values;
  const side = fieldOfView / tilesAside;
  const packed = new Uint32Array(tilesAside * tilesAside * (1 + most));
  /** How far a tile of this number is from a place along one axis of the torus. */
  const distance = (tile: number, at: number) => {
    const difference = (tile + 0.5) * side - at;
    return Math.max(0, Math.abs(difference - fieldOfView * Math.round(difference / fieldOfView)) - side / 2);
  };
  const numbers = Array.from({ length: tilesAside }, (_, tile) => tile);
  bodiesOf(scene).forEach(({ body: { reach }, x, y }, i) => {
    const columns = numbers.filter((tile) => distance(tile, x) < reach);
    for (const row of numbers.filter((tile) => distance(tile, y) < reach)) {
      for (const column of columns) {
        const list = (row * tilesAside + column) * (1 + most);
        packed[list + ++packed[list]!] = i;
      }
    }
  });
  return packed;
}

/** Cells, then debris. @param most bodies that there is room for. */
export function packBodies(scene: Scene, most: number): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(most * bodyFloats);
  const radians = (2 * Math.PI) / scene.values.wavelength;
  bodiesOf(scene).forEach(({ body, x, y }, i) => packed.set(floatsOf(body, x, y, radians), i * bodyFloats));
  return packed;
}

function floatsOf(body: Body, x: number, y: number, radians: number): readonly number[] {
  const [along, across, radius, nucleus] = body.nucleus;
  return [
    ...[x, y, body.reach, body.bend],
    ...[...body.axis, body.halfLength, body.halfWidth],
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
