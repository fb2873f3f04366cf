/** The synthetic microscope: a Program that turns scenes into images, several in one submit. */
import cameraSource from "../../../shaders/camera.wgsl?raw";
import cellShapeSource from "../../../shaders/cellShape.wgsl?raw";
import maskSource from "../../../shaders/mask.wgsl?raw";
import pupilSource from "../../../shaders/pupil.wgsl?raw";
import randomSource from "../../../shaders/random.wgsl?raw";
import sceneSource from "../../../shaders/scene.wgsl?raw";
import shotSource from "../../../shaders/shot.wgsl?raw";
import { UsageError } from "../../errors.ts";
import type { Device } from "../../gpu/device.ts";
import { defineKernel } from "../../gpu/kernel.ts";
import { gridOver } from "../../gpu/launch.ts";
import { Program } from "../../gpu/program.ts";
import type { ReadyProgram } from "../../gpu/ready-program.ts";
import { bytesOf, pinned, type Tensor } from "../../gpu/tensor.ts";
import { streamKey } from "../../rng.ts";
import { fourierTransform, rootsOfUnity } from "./fourier.ts";
import { profileNodes, pupilProfile } from "./optics.ts";
import { type GeneratorOptions, requireOptions } from "./options.ts";
import { bodyFloats, dustFloats, packBodies, packDust, packShot, packTiles, shotWords, tilesAside } from "./pack.ts";
import type { Ranges } from "./parameters.ts";
import type { Scene } from "./scene.ts";

const scene = defineKernel("scene", sceneSource, [shotSource, cellShapeSource]);
const mask = defineKernel("mask", maskSource, [shotSource, cellShapeSource]);
const pupil = defineKernel("pupil", pupilSource, [shotSource]);
const camera = defineKernel("camera", cameraSource, [shotSource, randomSource]);

export interface MicroscopeOptions extends GeneratorOptions {
  /** Of a gray level. By default 8. */
  readonly bits?: 8 | 16;
  /** Make masks too. */
  readonly masks?: boolean;
  /** Images a submit. */
  readonly batch: number;
}

/** Images as they leave the camera. */
export interface Exposure {
  /** [scenes, size, size] gray levels. */
  readonly pixels: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  /** [scenes, size, size]: 1 + the number of the cell that is seen, or 0; empty without masks. */
  readonly owners: Uint32Array<ArrayBuffer>;
}

/** The slots of a microscope. */
interface Slots {
  readonly shots: Tensor;
  readonly bodies: Tensor;
  /** Which bodies may be where. */
  readonly tiles: Tensor;
  readonly dust: Tensor;
  readonly profiles: Tensor;
  readonly pixels: Tensor;
  readonly owners: Tensor;
  /** Of unity, for the transforms. */
  readonly roots: Tensor;
}

/** Micrometres. */
const widestSample = 4;

/**
 * Samples a side on which the light is computed: a power of two, twice the image's up to 512, since the light of small
 * images would be too coarse; at least 128, and none wider than 4 um, or cells would fall between samples.
 */
export function gridFor(size: number, { fieldOfView: [, widest] }: Pick<Ranges, "fieldOfView">): number {
  const powerFrom = (least: number) => 2 ** Math.ceil(Math.log2(least));
  const next = powerFrom(size);
  return Math.max(128, next, Math.min(512, 2 * next), powerFrom(widest / widestSample));
}

export class Microscope {
  readonly #device: Device;
  readonly #options: MicroscopeOptions;
  readonly #slots: Slots;
  readonly #program: ReadyProgram;

  private constructor(device: Device, options: MicroscopeOptions, slots: Slots, program: ReadyProgram) {
    this.#device = device;
    this.#options = options;
    this.#slots = slots;
    this.#program = program;
  }

  /** Plans and compiles. @throws UsageError if an option is out of range. */
  static async open(device: Device, options: MicroscopeOptions): Promise<Microscope> {
    requireOptions(options);
    const slots = slotsOf(options);
    const program = await recordExposure(options, slots, device).finish(device);
    return new Microscope(device, options, slots, program);
  }

  /** The images of at most `batch` scenes. @throws UsageError if there are more, or none. */
  async expose(scenes: readonly Scene[]): Promise<Exposure> {
    const { batch, size, bits = 8, masks } = this.#options;
    if (scenes.length < 1 || scenes.length > batch) {
      throw new UsageError(`microscope: expected 1 to ${batch} scenes, got ${scenes.length}`);
    }
    this.#upload(scenes);
    this.#program.run();
    const count = scenes.length * size * size;
    const bytes = await this.#read(this.#slots.pixels, Math.ceil((count * bits) / 32) * 4);
    const pixels = bits === 8 ? new Uint8Array(bytes, 0, count) : new Uint16Array(bytes, 0, count);
    const owners = masks ? new Uint32Array(await this.#read(this.#slots.owners, count * 4)) : new Uint32Array();
    return { pixels, owners };
  }

  #upload(scenes: readonly Scene[]): void {
    const { shots, bodies, tiles, dust, profiles } = this.#slots;
    const device = this.#device;
    const { size } = this.#options;
    const write = (tensor: Tensor, place: number, data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>) =>
      device.write({ ...tensor, offset: tensor.offset + place * data.byteLength }, data);
    scenes.forEach((each, i) => {
      const profile = pupilProfile(each.values);
      write(shots, i, packShot(each, profile, size));
      write(bodies, i, packBodies(each, bodies.shape[1] ?? 0));
      write(tiles, i, packTiles(each, bodies.shape[1] ?? 0));
      write(dust, i, packDust(each, dust.shape[1] ?? 0));
      write(profiles, i, profile.values);
    });
  }

  #read({ slot }: Tensor, bytes: number): Promise<ArrayBuffer> {
    return this.#device.readBuffer(this.#device.bufferOf(slot), 0, bytes);
  }

  /** Gives its buffers back. */
  destroy(): void {
    this.#program.destroy();
    for (const { slot } of Object.values<Tensor>({ ...this.#slots })) this.#device.release(slot);
  }
}

function slotsOf({ batch, size, parameters, bits = 8 }: MicroscopeOptions): Slots {
  const most = parameters.cells[1] + parameters.debris[1];
  const words = Math.ceil((batch * size * size * bits) / 32);
  return {
    shots: pinned("shots", [batch, shotWords], "u32"),
    bodies: pinned("bodies", [batch, most, bodyFloats]),
    tiles: pinned("tiles", [batch, tilesAside, tilesAside, 1 + most], "u32"),
    dust: pinned("dust", [batch, Math.max(1, parameters.dust[1]), dustFloats]),
    profiles: pinned("profiles", [batch, profileNodes, 2]),
    pixels: pinned("pixels", [words], "u32"),
    owners: pinned("owners", [batch, size, size], "u32"),
    roots: rootsOfUnity(gridFor(size, parameters)),
  };
}

function recordExposure(options: MicroscopeOptions, slots: Slots, device: Device): Program {
  const { batch, size, masks } = options;
  const { shots, bodies, tiles, roots } = slots;
  const grid = gridFor(size, options.parameters);
  const program = new Program("microscope", device.tuning);
  const mostBodies = bodies.shape[1] ?? 0;
  const overSamples = [grid / 64, grid, batch] as const;
  program.within("", "data", () => {
    const field = program.tensor("field", [batch, grid, grid, 2]);
    const samples = batch * grid * grid;
    program.launch(scene, "forward", {
      constants: { grid, mostBodies },
      bindings: { shots, bodies, tiles, field },
      workgroups: overSamples,
      flops: samples * 4 * mostBodies, // of a few bodies a sample
    });
    const passed = recordPupil(program, fourierTransform(program, field, roots), slots);
    recordCamera(program, fourierTransform(program, passed, roots), options, slots);
    if (!masks) return;
    program.launch(mask, "forward", {
      constants: { size, mostBodies },
      bindings: { shots, bodies, tiles, owner: slots.owners },
      workgroups: [Math.ceil(size / 64), size, batch],
      flops: batch * size * size * 4 * mostBodies,
    });
  });
  return program;
}

function recordPupil(program: Program, x: Tensor, { shots, profiles }: Slots): Tensor {
  const [batch = 0, grid = 0] = x.shape;
  const y = program.tensor("spectrum", x.shape);
  program.launch(pupil, "forward", {
    constants: { grid, nodes: profileNodes },
    bindings: { shots, profiles, x, y },
    workgroups: [grid / 64, grid, batch],
    flops: 14 * batch * grid * grid,
  });
  return y;
}

function recordCamera(
  program: Program,
  field: Tensor,
  options: MicroscopeOptions,
  { shots, dust, pixels }: Slots,
): void {
  const { size, bits = 8, seed } = options;
  const [images = 0, grid = 0] = field.shape;
  const [keyLow, keyHigh] = streamKey(seed, "data/camera");
  program.launch(camera, "forward", {
    constants: { images, grid, size, mostSpots: dust.shape[1] ?? 0, bits, keyLow, keyHigh },
    bindings: { shots, spots: dust, field, pixels },
    workgroups: gridOver(bytesOf(pixels.shape, "u32") / 4),
    flops: images * (3 * grid * grid + 60 * size * size),
  });
}
