import { existsSync, readFileSync } from "node:fs";
import { bundledVersions } from "../../src/cli/version.ts";
import { type AdapterRequest, requestNodeAdapter } from "../../src/gpu/adapter.node.ts";
import type { AdapterDescription } from "../../src/gpu/device.ts";
import { replaceMethod } from "./replace-method.ts";

/**
 * Gives Node what browser libraries look for: the WebGPU classes and a `navigator.gpu` that knows one adapter, that which
 * cellgrad would take. Call it before such a library is imported, since tfjs registers its WebGPU backend at import and
 * only where `navigator.gpu` is there.
 *
 * @throws DeviceError if there is no such adapter.
 */
export async function installWebGpu(request: AdapterRequest): Promise<AdapterDescription> {
  const { gpu, description } = await requestNodeAdapter(request); // it makes the classes global
  // The instance holds the adapter that was found. What a library asks of it, such as high performance, chooses no other.
  const one = {
    requestAdapter: () => gpu.requestAdapter(),
    getPreferredCanvasFormat: () => gpu.getPreferredCanvasFormat(),
    wgslLanguageFeatures: gpu.wgslLanguageFeatures,
  };
  // Node has a read-only `navigator` since version 21; `userAgent` is asked for by jax-js.
  Object.defineProperty(globalThis, "navigator", { value: { gpu: one, userAgent: "node" }, configurable: true });
  return description;
}

/**
 * Lets WebAssembly with threads upload: its memory is shared, and npm's `webgpu` refuses views of shared memory, which
 * browsers take. Costs a copy of what is uploaded.
 */
export function copySharedWrites(): void {
  replaceMethod(
    "GPUQueue",
    "writeBuffer",
    (original) =>
      function (buffer, offset, data, ...rest) {
        const isShared = data instanceof Uint8Array && data.buffer instanceof SharedArrayBuffer;
        return original.call(this, buffer, offset, isShared ? data.slice() : data, ...rest);
      },
  );
}

/** Version of a package that is inside this bundle, or of an installed one from the package.json above its entry. */
export function installedVersion(packageName: string): string {
  const bundled = bundledVersions[packageName];
  if (bundled !== undefined) return bundled;
  const entry = import.meta.resolve(packageName);
  for (let folder = new URL(".", entry); folder.pathname !== "/"; folder = new URL("..", folder)) {
    const manifest = new URL("package.json", folder);
    if (!existsSync(manifest)) continue;
    const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: string; version?: string };
    if (name === packageName && version !== undefined) return version;
  }
  throw new Error(`${packageName}: expected a package.json with its version above ${entry}`);
}
