/**
 * A Kernel is one `.wgsl` file: its entry points, its bindings, and its tunable constants, which a launch may set.
 *
 * A constant that may be set stands on a line of its own, with a default, so that the file is valid as it stands:
 * `const tileHeight: u32 = 4u; // tunable`. Setting it rewrites that line and nothing else. Those marked `// dimension`
 * may instead come from a uniform: dimensions.ts. A uniform array that grew too large for a uniform binding may be read
 * from storage.
 */
import { ShapeError } from "../errors.ts";
import { bindDimensions } from "./dimensions.ts";
import { unroll } from "./unroll.ts";

export type Access = "read" | "write" | "uniform";
export type Constants = Readonly<Record<string, number | boolean>>;

export interface Kernel {
  readonly name: string;
  readonly source: string;
  readonly entryPoints: readonly string[];
  /** By the variable's name: its binding number and how the shader may touch it. */
  readonly bindings: ReadonlyMap<string, { readonly binding: number; readonly access: Access }>;
}

const bindingDeclaration = /^@group\(0\) @binding\((\d+)\) var<(uniform|storage)(?:, (read|read_write))?> (\w+):/gm;
const tunable = /^const (\w+): (u32|f32|bool) = ([^;]+);( *\/\/ (?:tunable|dimension).*)$/gm;

/**
 * Reads the declarations of a shader.
 *
 * @param includes texts of shared shader files that stand before it, such as shaders/random.wgsl.
 */
export function defineKernel(name: string, source: string, includes: readonly string[] = []): Kernel {
  const joined = [...includes, source].join("\n");
  const bindings = new Map(
    [...joined.matchAll(bindingDeclaration)].map(([, binding, space, mode, variable = ""]) => [
      variable,
      {
        binding: Number(binding),
        access: space === "uniform" ? "uniform" : mode === "read_write" ? "write" : "read",
      } as const,
    ]),
  );
  const entryPoints = [...joined.matchAll(/@compute[^{]*?\bfn (\w+)/g)].map(([, entryPoint = ""]) => entryPoint);
  return { name, source: joined, entryPoints, bindings };
}

/** What the loader may do to a shader besides setting its constants. */
export interface Loading {
  /** Names of uniform arrays to read from storage. */
  readonly inStorage?: readonly string[] | undefined;
  /** Leave dimensions to a uniform: dimensions.ts. */
  readonly bindDimensions?: boolean;
  /** Make shuffles from a constant lane broadcasts. */
  readonly broadcasts?: boolean;
}

/**
 * The WGSL of a kernel with its constants set and its marked loops unrolled.
 *
 * @throws ShapeError if a constant or an array is not the kernel's.
 */
export function specialise(kernel: Kernel, constants: Constants, loading: Loading = {}): string {
  const missing = new Set(Object.keys(constants));
  let code = kernel.source.replace(tunable, (line, name: string, type: string, _value: string, comment: string) => {
    const value = constants[name];
    if (value === undefined) return line;
    missing.delete(name);
    return `const ${name}: ${type} = ${literal(kernel.name, name, type, value)};${comment}`;
  });
  for (const name of missing) throw new ShapeError(`${kernel.name}: expected a tunable constant, got "${name}"`);
  for (const name of loading.inStorage ?? []) {
    if (kernel.bindings.get(name)?.access !== "uniform") {
      throw new ShapeError(`${kernel.name}: expected a uniform array to read from storage, got "${name}"`);
    }
    code = code.replace(`var<uniform> ${name}:`, `var<storage, read> ${name}:`);
  }
  if (loading.bindDimensions) code = bindDimensions(kernel.name, code);
  return unroll(kernel.name, code, loading.broadcasts);
}

function literal(kernel: string, name: string, type: string, value: number | boolean): string {
  if (type === "bool" && typeof value === "boolean") return String(value);
  if (type === "f32" && typeof value === "number" && Number.isFinite(value)) return `f32(${value})`;
  if (type === "u32" && Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32)
    return `${Number(value)}u`;
  throw new ShapeError(`${kernel}: expected ${name} to be a ${type}, got ${value}`);
}
