/** Errors that WebGPU reported to no error scope: by default it keeps them to itself and the buffers stay zero. */
import { Device } from "../../src/gpu/device.ts";

const errors: string[] = [];

/** From now on every device that is opened tells its uncaptured errors here. */
export function recordGpuErrors(): void {
  const open = Device.open.bind(Device);
  Device.open = async (...args) => {
    const device = await open(...args);
    device.gpu.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));
    return device;
  };
}

/** The errors since the last call. A test that provokes one takes it, so that the test does not fail for it. */
export const takeGpuErrors = (): string[] => errors.splice(0);
