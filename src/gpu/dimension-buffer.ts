/** The uniforms in which a Program's launches find their shapes, where these are no constants: dimensions.ts. */
import type { Device } from "./device.ts";
import { dimensionWords } from "./dimensions.ts";
import { labelOf, type Recorded } from "./launch.ts";
import { bindingAlignment } from "./tensor.ts";

/** One buffer with a range for each launch that has dimensions. */
export interface DimensionBuffer {
  readonly buffer: GPUBuffer;
  /** The bind group of the launch with this number, or none. */
  bind(index: number, pipeline: GPUComputePipeline): readonly GPUBindGroup[];
}

/** Makes and fills the buffer. */
export function dimensionBuffer(device: Device, label: string, recorded: readonly Recorded[]): DimensionBuffer {
  const words = recorded.map(({ kernel, launch }) => dimensionWords(kernel.source, launch.tunables));
  const stride =
    Math.max(1, ...words.map(({ byteLength }) => Math.ceil(byteLength / bindingAlignment))) * bindingAlignment;
  const all = new Uint32Array((stride / 4) * recorded.length);
  words.forEach((own, i) => all.set(own, (i * stride) / 4));
  const buffer = device.createBuffer(`${label} dimensions`, all.byteLength);
  device.gpu.queue.writeBuffer(buffer, 0, all);
  return {
    buffer,
    bind(index, pipeline) {
      if (words[index]!.length === 0) return [];
      device.counters.bindGroups++;
      const entries = [{ binding: 0, resource: { buffer, offset: index * stride, size: stride } }];
      const layout = pipeline.getBindGroupLayout(1);
      return [device.gpu.createBindGroup({ label: `${labelOf(recorded[index]!.launch)} dimensions`, layout, entries })];
    },
  };
}
