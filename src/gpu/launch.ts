/** A launch: one entry of a Program's list. */
import { ShapeError } from "../errors.ts";
import type { Shape } from "../shape.ts";
import type { Access, Constants, Kernel } from "./kernel.ts";
import { bytesOf, isUndone, type Tensor } from "./tensor.ts";

export type Phase = "data" | "forward" | "backward" | "update";
export type Workgroups = readonly [number, number, number];

/** One entry of a Program's list. Plain data: it serialises to JSON. */
export interface Launch {
  readonly op: string;
  readonly entryPoint: string;
  readonly layer: string;
  readonly phase: Phase;
  /** The file in shaders/. */
  readonly shader: string;
  readonly tunables: Constants;
  readonly bindings: readonly LaunchBinding[];
  readonly workgroups: Workgroups;
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export interface LaunchBinding {
  readonly name: string;
  readonly slot: string;
  readonly access: Access;
  readonly shape: Shape;
}

/** What an op says when it records a launch. */
export interface LaunchRequest {
  readonly constants?: Constants;
  /** By the names that the shader declares. */
  readonly bindings: Readonly<Record<string, Tensor>>;
  readonly workgroups: Workgroups;
  /** Floating-point operations; a multiply-add counts as two. */
  readonly flops: number;
  /** Bytes moved, where they are not simply the sizes of the bound tensors. */
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  /** Uniform arrays too large for a uniform binding. */
  readonly inStorage?: readonly string[];
}

/** A launch with what it takes to run it. */
export interface Recorded {
  readonly launch: Launch;
  readonly kernel: Kernel;
  readonly request: LaunchRequest;
}

/** Checks a request against what the kernel declares. @throws ShapeError if it has no such binding or entry point. */
export function describe(
  kernel: Kernel,
  entryPoint: string,
  where: { readonly layer: string; readonly phase: Phase },
  request: LaunchRequest,
): Recorded {
  if (!kernel.entryPoints.includes(entryPoint)) {
    throw new ShapeError(`${kernel.name}: expected one of ${kernel.entryPoints.join(", ")}, got "${entryPoint}"`);
  }
  const bindings = Object.entries(request.bindings).map(([name, tensor]) => {
    const { name: slot, shape, dtype } = tensor;
    const declared = kernel.bindings.get(name);
    if (!declared) throw new ShapeError(`${kernel.name}: expected a binding that it declares, got "${name}"`);
    if (isUndone(tensor)) {
      throw new ShapeError(`${kernel.name}: expected ${name} to be computed, got ${slot} with fused work left undone`);
    }
    return { name, slot, access: declared.access, shape, bytes: bytesOf(shape, dtype) };
  });
  const moved = (writes: boolean) =>
    bindings.filter(({ access }) => (access === "write") === writes).reduce((sum, { bytes }) => sum + bytes, 0);
  const launch: Launch = {
    op: kernel.name,
    entryPoint,
    ...where,
    shader: `${kernel.name}.wgsl`,
    tunables: request.constants ?? {},
    bindings: bindings.map(({ name, slot, access, shape }) => ({ name, slot, access, shape })),
    workgroups: request.workgroups,
    flops: request.flops,
    bytesRead: request.bytesRead ?? moved(false),
    bytesWritten: request.bytesWritten ?? moved(true),
  };
  return { launch, kernel, request };
}

/** `conv1 conv2d.forward`: how a launch is called in WebGPU's own messages. */
export const labelOf = (launch: Launch): string => `${launch.layer} ${launch.op}.${launch.entryPoint}`.trim();

/** Workgroups a dimension may have: WebGPU's default `maxComputeWorkgroupsPerDimension`. */
const widestGrid = 65535;

/**
 * A grid for `invocations` of a kernel in rows of at most 65,535 workgroups; the shader computes its index as
 * `id.y * groups.x * workgroupSize + id.x`.
 */
export function gridOver(invocations: number, workgroupSize = 64): Workgroups {
  const groups = Math.max(1, Math.ceil(invocations / workgroupSize));
  const rows = Math.ceil(groups / widestGrid);
  return [Math.ceil(groups / rows), rows, 1];
}
