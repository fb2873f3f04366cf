/** Runs one op as a Program of its own: feeds its inputs, reads its output and its gradients. */
import type { Device } from "../../src/gpu/device.ts";
import { Program } from "../../src/gpu/program.ts";
import type { ReadyProgram } from "../../src/gpu/ready-program.ts";
import { pinned, type Tensor } from "../../src/gpu/tensor.ts";
import type { Op } from "../../src/kernels/op.ts";
import { Tape } from "../../src/nn/autograd.ts";
import type { Shape } from "../../src/shape.ts";

export interface OpResult {
  readonly y: Float32Array;
  readonly shape: Shape;
  /** Of the inputs that have one, in their order. */
  readonly gradients: readonly Float32Array[];
}

export const feed = (name: string, shape: Shape, values: ArrayLike<number>): Tensor =>
  pinned(name, shape, "f32", new Float32Array(values));

/**
 * @param dyOf the gradient of the output, given its shape; absent: the forward pass only.
 * @param program an empty one.
 */
export async function runOp<Inputs extends readonly Tensor[], Saved extends readonly Tensor[], Options>(
  device: Device,
  op: Op<Inputs, Saved, Options>,
  inputs: Inputs,
  options: Options,
  dyOf?: (shape: Shape) => ArrayLike<number>,
  program = new Program(op.name, device.tuning),
): Promise<OpResult> {
  const tape = new Tape(program);
  for (const input of inputs) tape.watch(input);
  const output = program.keep(tape.apply(op, inputs, options));
  const gradients = new Map<Tensor, Tensor>();
  if (dyOf) {
    gradients.set(output, feed("dy", output.shape, dyOf(output.shape)));
    tape.backpropagate(gradients);
  }
  const wanted = inputs.map((input) => gradients.get(input)).filter((gradient) => gradient !== undefined);
  for (const gradient of wanted) program.keep(gradient);
  const ready = await program.finish(device);
  ready.run();
  const [y, ...values] = await readAll(ready, [output, ...wanted]);
  ready.destroy();
  return { y, shape: output.shape, gradients: values };
}

/** Reads tensors one after another: each read waits for the GPU. */
export async function readAll(ready: ReadyProgram, tensors: readonly Tensor[]): Promise<Float32Array[]> {
  const values: Float32Array[] = [];
  for (const tensor of tensors) values.push(await ready.read(tensor));
  return values;
}
