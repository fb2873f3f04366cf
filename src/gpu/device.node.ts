/** A device in Node: Dawn's, on the best adapter there is. */
import { type AdapterRequest, type FoundAdapter, requestNodeAdapter } from "./adapter.node.ts";
import { Device, type Wait } from "./device.ts";
import { readKeptTuning, tuningKeyOf } from "./tuning-store.node.ts";

export interface OpenedDevice {
  readonly device: Device;
  readonly found: FoundAdapter;
  /** In one line, why what was measured on this adapter is not used. */
  readonly ignored?: string | undefined;
}

export interface DeviceRequest extends AdapterRequest {
  /** False leaves aside what `cellgrad bench tune` measured on this adapter. */
  readonly tuned?: boolean | undefined;
}

/** Opens a device. The process ends by itself once it is destroyed. @throws DeviceError if there is no adapter. */
export async function openDevice(request: DeviceRequest = {}): Promise<OpenedDevice> {
  const found = await requestNodeAdapter(request);
  const { gpu, adapter, description } = found;
  const instance = new Set([gpu]); // Dawn crashes if its instance is collected before its device is destroyed
  const release = () => instance.clear();
  const kept = request.tuned === false ? undefined : readKeptTuning(tuningKeyOf(description));
  const measured = kept?.measured ?? new Map<string, string>();
  const device = await Device.open(adapter, { description, release, wait: waitAsleep, measured });
  return { device, found, ignored: kept?.ignored };
}

/** Short waits, such as a step on a GPU, are not worth a sleep. Milliseconds. */
const awake = 2;
const nap = 1;
const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Waits with short sleeps. Dawn in Node polls for the end of GPU work from a loop that never rests, which takes a core
 * from a software adapter that needs it: on two cores sleeping shortens the work by about a quarter.
 */
const waitAsleep: Wait = async (promise) => {
  let pending = true;
  const finished = () => void (pending = false);
  promise.then(finished, finished);
  const began = performance.now();
  while (pending) {
    await new Promise((resolve) => setImmediate(resolve));
    if (pending && performance.now() - began > awake) Atomics.wait(cell, 0, 0, nap);
  }
  return promise;
};
