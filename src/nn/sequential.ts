/** A model: layers one after another, shortcuts around some, their parameters, and how to record them. */
import { DataError, ShapeError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { arena, type Slot, type Tensor } from "../gpu/tensor.ts";
import { sameShape, type Shape, showShape, sizeOf } from "../shape.ts";
import type { Tape } from "./autograd.ts";
import { chainFrom, fusionOf, groupAt, recordStatistics } from "./fusion.ts";
import type { Initializer } from "./initializers.ts";
import type { Layer, LayerContext } from "./layer.ts";
import type { HostTensor } from "./safetensors.ts";

/** A parameter or a moving statistic: "conv1.weight", "bn1.movingMean". */
export interface Parameter {
  readonly name: string;
  readonly tensor: Tensor;
  readonly initializer: Initializer;
  readonly trainable: boolean;
}

/** A layer at its place in a model. */
export interface PlacedLayer {
  readonly name: string;
  readonly layer: Layer;
  /** Shapes of one sample. */
  readonly input: Shape;
  readonly output: Shape;
  /** What a shortcut brings besides the input; empty for other layers. */
  readonly shortcut: Shape;
}

export interface SequentialOptions {
  /** [C, H, W]. */
  readonly inputShape: Shape;
  readonly layers: readonly Layer[];
}

/** How to record a forward pass. */
export interface RecordOptions {
  readonly training: boolean;
  /** Whether dropout drops; by default in training alone. */
  readonly dropout?: boolean;
  readonly step: Tensor;
  readonly seed: number;
  /** Let layers do work of their neighbours, and one op record a group of them: fusion.ts. */
  readonly fuse: boolean;
  /** Hears of each layer's output as it is recorded. Fused, an output may lack work that the next layer does. */
  readonly observe?: (layer: string, output: Tensor) => void;
}

/** A chain of layers over one input, as Keras's `Sequential`; a layer may also read what an earlier one has read. */
export class Sequential {
  readonly layers: readonly PlacedLayer[];
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Holds all trainable parameters, one after another: the optimizer walks over it at once. */
  readonly trainableSlot: Slot;

  /** @throws ShapeError naming the layer that cannot take what the one before it gives. */
  constructor({ inputShape, layers }: SequentialOptions) {
    this.inputShape = inputShape;
    this.layers = placeLayers(inputShape, layers);
    this.outputShape = this.layers.at(-1)?.output ?? inputShape;
    const specs = this.layers.flatMap(({ name, layer, input, shortcut }) =>
      layer.parameters(input, shortcut).map((spec) => ({ ...spec, name: `${name}.${spec.name}` })),
    );
    const tensors = new Map([
      ...arena(
        "parameters",
        specs.filter(({ trainable }) => trainable),
      ),
      ...arena(
        "statistics",
        specs.filter(({ trainable }) => !trainable),
      ),
    ]);
    this.parameters = new Map(
      specs.map(({ name, initializer, trainable }) => [
        name,
        { name, tensor: found(tensors, name), initializer, trainable },
      ]),
    );
    const first = [...this.parameters.values()].find(({ trainable }) => trainable);
    if (!first) throw new ShapeError("Sequential: expected at least one layer with parameters, got none");
    this.trainableSlot = first.tensor.slot;
  }

  /** Number of values: all, and those that the gradient trains. */
  count(): { parameters: number; trainable: number } {
    const sum = (parameters: Parameter[]) => parameters.reduce((total, { tensor }) => total + sizeOf(tensor.shape), 0);
    const all = [...this.parameters.values()];
    return { parameters: sum(all), trainable: sum(all.filter(({ trainable }) => trainable)) };
  }

  /** Records the forward pass of x [N, ...inputShape]. @throws ShapeError if x does not fit. */
  record(tape: Tape, x: Tensor, options: RecordOptions): Tensor {
    if (!sameShape(x.shape.slice(1), this.inputShape)) {
      throw new ShapeError(`model: expected an input [N, ${this.inputShape.join(", ")}], got ${showShape(x.shape)}`);
    }
    for (const { tensor, trainable } of this.parameters.values()) if (trainable) tape.watch(tensor);
    const { fuse, observe, training, dropout = training, ...rest } = options;
    const parameterOf = (name: string) => found(this.parameters, name).tensor;
    const contextOf = (name: string, own: Partial<LayerContext> = {}): LayerContext => {
      const parameter = (own: string) => parameterOf(`${name}.${own}`);
      const alone = { fusion: "none", fusesWith: undefined, statistics: undefined, shortcut: undefined } as const;
      return { tape, parameter, layer: name, training, dropout, ...alone, ...rest, ...own };
    };
    const statistics = fuse && !training ? recordStatistics(tape, this.layers, parameterOf) : undefined;
    const read = new Map<Layer, Tensor>();
    let current = x;
    let after = 0;
    for (const [i, { name, layer }] of this.layers.entries()) {
      if (i < after) continue; // a group before it has recorded it
      const chain = fuse && training ? chainFrom(this.layers, i) : [];
      const group = groupAt(chain);
      after = i + (group?.length ?? 1);
      read.set(layer, current);
      const own = {
        // Without a gradient nothing is saved by leaving a ReLU.
        fusion: fuse && training ? fusionOf(this.layers, i) : "none",
        fusesWith: chain[1]?.layer,
        statistics: statistics?.get(name),
        shortcut: layer.from && read.get(layer.from),
      } as const;
      current = tape.within(group?.name ?? name, () =>
        group ? group.apply(contextOf, current) : layer.apply(contextOf(name, own), current),
      );
      observe?.(group?.name ?? name, current);
    }
    return current;
  }

  /** Writes the initial values that belong to a seed. */
  initialize(device: Device, seed: number): void {
    for (const { name, tensor, initializer } of this.parameters.values()) {
      device.write(tensor, initializer(seed, name, tensor.shape));
    }
  }

  /** Reads every parameter and moving statistic. */
  async read(device: Device): Promise<Map<string, HostTensor>> {
    const values = new Map<string, HostTensor>();
    for (const { name, tensor } of this.parameters.values()) {
      values.set(name, { shape: tensor.shape, data: await device.read(tensor) });
    }
    return values;
  }

  /**
   * Writes every parameter and moving statistic; other tensors in `values` are left alone.
   *
   * @param source stands in messages.
   * @throws DataError if one is missing or has another shape, before anything is written.
   */
  write(device: Device, values: ReadonlyMap<string, HostTensor>, source: string): void {
    for (const { name, tensor } of this.parameters.values()) {
      const value = values.get(name);
      if (value && sameShape(value.shape, tensor.shape)) continue;
      throw new DataError(
        `${source}: expected ${name} ${showShape(tensor.shape)}, got ${value ? showShape(value.shape) : "none"}. ` +
          "It belongs to another model: check the preset, the size and the outputs.",
      );
    }
    for (const { name, tensor } of this.parameters.values()) {
      device.write(tensor, new Float32Array(found(values, name).data));
    }
  }
}

function placeLayers(inputShape: Shape, layers: readonly Layer[]): PlacedLayer[] {
  const counts = new Map<string, number>();
  const placed: PlacedLayer[] = [];
  for (const layer of layers) {
    const count = (counts.get(layer.stem) ?? 0) + 1;
    counts.set(layer.stem, count);
    const name = layer.name ?? `${layer.stem}${count}`;
    if (placed.some((other) => other.name === name)) {
      throw new ShapeError(`Sequential: expected names that differ, got two layers named "${name}"`);
    }
    const input = placed.at(-1)?.output ?? inputShape;
    const shortcut = layer.from ? inputOf(name, layer.from, placed) : [];
    placed.push({ name, layer, input, shortcut, output: outputOf(name, layer, input, shortcut) });
  }
  return placed;
}

function inputOf(name: string, from: Layer, placed: readonly PlacedLayer[]): Shape {
  const source = placed.find(({ layer }) => layer === from);
  if (source) return source.input;
  throw new ShapeError(`${name}: expected a shortcut from a layer that stands before it, got one that does not`);
}

function outputOf(name: string, layer: Layer, input: Shape, shortcut: Shape): Shape {
  try {
    return layer.outputShape(input, shortcut);
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    throw new ShapeError(`${name}: ${cause.message}. The image may be too small for the network.`, { cause });
  }
}

function found<Value>(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new ShapeError(`model: expected a parameter "${name}", got none`);
  return value;
}
