/** Penalties on weights that are added to the loss, as Keras's `kernel_regularizer`: none on biases or normalisations. */
import source from "../../shaders/kernelRegularizer.wgsl?raw";
import { UsageError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Program } from "../gpu/program.ts";
import { bindingAlignment, bytesOf, pinned, type Slot, wholeSlot } from "../gpu/tensor.ts";
import { sizeOf } from "../shape.ts";
import type { Parameter, Sequential } from "./sequential.ts";

const kernel = defineKernel("kernelRegularizer", source);

/** Keras's `L1L2`: the penalty l1 · sum |w| + l2 · sum w² over the weights of convolutions and dense layers. */
export interface L1L2 {
  /** At least 0. */
  readonly l1: number;
  readonly l2: number;
}

/** Whether it is what Keras calls a kernel. */
const isKernel = ({ name }: Parameter): boolean => name.endsWith(".weight");

/**
 * Records the penalty's gradient onto those of the loss, in one launch; none where the penalty is 0.
 *
 * @param gradients laid out as the model's trainable parameters are.
 * @throws UsageError for a factor below 0.
 */
export function regularizeGradients(program: Program, model: Sequential, gradients: Slot, { l1, l2 }: L1L2): void {
  for (const [name, factor] of Object.entries({ l1, l2 })) {
    if (!(factor >= 0)) throw new UsageError(`${name}: expected a factor of at least 0, got ${factor}`);
  }
  if (l1 === 0 && l2 === 0) return;
  const w = wholeSlot(model.trainableSlot);
  const size = sizeOf(w.shape);
  program.within("", "update", () => {
    program.launch(kernel, "add", {
      constants: { size, l1, l2 },
      bindings: { w, g: wholeSlot(gradients), isKernel: kernelBlocks(model) },
      workgroups: gridOver(size / 4),
      flops: 5 * size,
    });
  });
}

/** For each 256 bytes of the parameters whether they belong to a kernel. */
function kernelBlocks(model: Sequential) {
  const blocks = new Uint32Array(model.trainableSlot.bytes / bindingAlignment);
  for (const parameter of model.parameters.values()) {
    if (!parameter.trainable || !isKernel(parameter)) continue;
    const { offset, shape, dtype } = parameter.tensor;
    const start = offset / bindingAlignment;
    blocks.fill(1, start, start + Math.ceil(bytesOf(shape, dtype) / bindingAlignment));
  }
  return pinned("isKernel", [blocks.length], "u32", blocks);
}

/** The penalty of the weights as they are, in float64. */
export async function penaltyOf(device: Device, model: Sequential, { l1, l2 }: L1L2): Promise<number> {
  if (l1 === 0 && l2 === 0) return 0;
  const all = await device.read(wholeSlot(model.trainableSlot));
  let penalty = 0;
  for (const parameter of model.parameters.values()) {
    if (!parameter.trainable || !isKernel(parameter)) continue;
    const { offset, shape } = parameter.tensor;
    for (const w of all.subarray(offset / 4, offset / 4 + sizeOf(shape))) penalty += l1 * Math.abs(w) + l2 * w * w;
  }
  return penalty;
}
