/** The networks of `trajectories.ts` in tfjs, by its functional API, with layers named as in cellgrad's files. */
import type * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { Preset } from "../../src/nn/preset.ts";
import { setup } from "./trajectories.ts";

type Symbolic = tfl.SymbolicTensor;

/** Adds layers one after another and counts each kind for its name. */
class Builder {
  readonly input: Symbolic;
  #current: Symbolic;
  readonly #preset: Preset;
  readonly #counts = new Map<string, number>();

  constructor(preset: Preset) {
    this.#preset = preset;
    this.input = tfl.input({ shape: [preset.size, preset.size, 1] });
    this.#current = this.input;
  }

  #name(stem: string): string {
    this.#counts.set(stem, (this.#counts.get(stem) ?? 0) + 1);
    return `${stem}${this.#counts.get(stem)}`;
  }

  #add(layer: { apply(inputs: Symbolic): unknown }): this {
    this.#current = layer.apply(this.#current) as Symbolic;
    return this;
  }

  #activated(): this {
    return this.#add(this.#preset.activation === "relu" ? tfl.layers.reLU() : tfl.layers.leakyReLU({ alpha: 0.3 }));
  }

  conv(filters: number): this {
    const { padding } = this.#preset;
    return this.#add(tfl.layers.conv2d({ name: this.#name("conv"), filters, kernelSize: 3, padding })).#activated();
  }

  dense(units: number): this {
    return this.#add(tfl.layers.dense({ name: this.#name("dense"), units })).#activated();
  }

  norm(): this {
    return this.#add(tfl.layers.batchNormalization({ name: this.#name("bn"), momentum: 0.99, epsilon: 1e-3 }));
  }

  pool(): this {
    return this.#add(tfl.layers.maxPooling2d({ poolSize: 2 }));
  }

  flatten(): this {
    return this.#add(tfl.layers.flatten());
  }

  /** Adds what `before` was, cropped, through a 1 x 1 convolution. */
  around(filters: number, layers: (builder: this) => void): this {
    const before = this.#current;
    layers(this);
    const cropped = tfl.layers.cropping2D({ cropping: 2 }).apply(before);
    const projection = tfl.layers.conv2d({ name: this.#name("shortcut"), filters, kernelSize: 1 });
    this.#current = tfl.layers.add().apply([this.#current, projection.apply(cropped) as Symbolic]) as Symbolic;
    return this;
  }

  model(): tfl.LayersModel {
    const { head } = this.#preset;
    this.#add(tfl.layers.dense({ name: "output", units: setup.outputs, activation: head }));
    return tfl.model({ inputs: this.input, outputs: this.#current });
  }
}

export function smallNetwork(preset: Preset): tfl.LayersModel {
  const network = new Builder(preset);
  if (preset.network === "tiny") {
    for (const filters of [8, 16]) network.conv(filters).norm().pool();
    return network.flatten().dense(32).norm().model();
  }
  if (preset.network === "mnist-net") {
    for (const filters of [32, 64, 128]) network.conv(filters).pool();
    network.flatten();
    for (const units of [256, 128, 64, 32]) network.dense(units);
    return network.model();
  }
  for (const filters of [16, 32, 64]) {
    network.around(filters, (block) => block.conv(filters).norm().conv(filters).norm()).pool();
  }
  network.flatten();
  for (const units of [128, 64, 32]) network.dense(units).norm();
  return network.model();
}

/** The kernels: what penalties are taken of. */
export const kernelsOf = (model: tfl.LayersModel): tf.Variable[] =>
  model.layers
    .filter((layer) => /^(conv|dense|shortcut)\d|^output/.test(layer.name))
    .map((layer) => layer.trainableWeights[0].read() as tf.Variable);
