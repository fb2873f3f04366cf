import { readFileSync } from "node:fs";
import { create, globals } from "webgpu";

/**
 * Gives Node what browser libraries look for: the WebGPU classes and `navigator.gpu`. Call it before such a library is
 * imported, since tfjs registers its WebGPU backend at import and only where `navigator.gpu` is there.
 */
export function installWebGpu(): void {
  Object.assign(globalThis, globals);
  // Node has a read-only `navigator` since version 21; `userAgent` is asked for by jax-js.
  const navigator = { gpu: create([]), userAgent: "node" };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
}

/** Version of an installed package, from its package.json. */
export function installedVersion(packageName: string): string {
  const url = new URL("../package.json", import.meta.resolve(packageName));
  const manifest: unknown = JSON.parse(readFileSync(url, "utf8"));
  const version: unknown = typeof manifest === "object" && manifest !== null && Reflect.get(manifest, "version");
  if (typeof version !== "string") throw new Error(`${packageName}: expected a version in ${url.href}`);
  return version;
}
