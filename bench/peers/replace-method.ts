import { globals } from "webgpu";

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Replaces a method of one of npm's `webgpu` classes by what `replacement` makes of the original. */
export function replaceMethod(className: string, method: string, replacement: (original: Method) => Method): void {
  const owner: unknown = Reflect.get(globals, className);
  const prototype: unknown = typeof owner === "function" && owner.prototype;
  if (typeof prototype !== "object" || prototype === null) throw new Error(`webgpu: expected a class ${className}`);
  const original: unknown = Reflect.get(prototype, method);
  if (typeof original !== "function") throw new Error(`${className}: expected a method ${method}`);
  Reflect.set(prototype, method, replacement(original as Method));
}
