import { replaceMethod } from "./replace-method.ts";

/** Numbers of WebGPU calls. */
export interface Calls {
  readonly dispatches: number;
  readonly submits: number;
  readonly createBuffer: number;
}

/** What wrapping the WebGPU classes shows of a library without its help. */
export interface Observer {
  /** Calls since this was last asked. */
  takeCalls(): Calls;
  /** @throws Error if a device reported an error or was lost: what was measured then means nothing. */
  check(): void;
}

/** Counts the calls and collects the errors of all devices that this process opens from now on. */
export function observeWebGpu(): Observer {
  const calls = { dispatches: 0, submits: 0, createBuffer: 0 };
  const failures: string[] = [];
  after("GPUComputePassEncoder", "dispatchWorkgroups", () => calls.dispatches++);
  after("GPUComputePassEncoder", "dispatchWorkgroupsIndirect", () => calls.dispatches++);
  after("GPUQueue", "submit", () => calls.submits++);
  after("GPUDevice", "createBuffer", () => calls.createBuffer++);
  after("GPUAdapter", "requestDevice", async (opening) => {
    const device = await opening;
    if (!isDevice(device)) return;
    device.addEventListener("uncapturederror", ({ error }) => failures.push(error.message));
    const { reason, message } = await device.lost;
    if (reason !== "destroyed") failures.push(message);
  });
  return {
    takeCalls: () => {
      const taken = { ...calls };
      Object.assign(calls, { dispatches: 0, submits: 0, createBuffer: 0 });
      return taken;
    },
    check: () => {
      if (failures.length > 0) throw new Error(`WebGPU: expected no errors, got ${failures.join("; ")}`);
    },
  };
}

const isDevice = (value: unknown): value is GPUDevice =>
  typeof value === "object" && value !== null && "adapterInfo" in value && "lost" in value;

/** Calls `then` with the result of each call of a method of a WebGPU class. */
function after(className: string, method: string, then: (result: unknown) => unknown): void {
  replaceMethod(
    className,
    method,
    (original) =>
      function (...args) {
        const result = original.apply(this, args);
        void then(result);
        return result;
      },
  );
}
