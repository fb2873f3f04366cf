/** The device that a test file runs on: opened once, the one that a user without a wish would get. */
import { afterAll } from "vitest";
import { requestNodeAdapter } from "../../src/gpu/adapter.node.ts";
import { Device, type Wait } from "../../src/gpu/device.ts";

export async function openTestDevice(): Promise<Device> {
  const device = await openDevice();
  afterAll(async () => {
    await device.settled();
    device.destroy();
  });
  return device;
}

/** A device that the test destroys itself, because it provokes errors there. */
export async function openDevice(wait?: Wait): Promise<Device> {
  const { gpu, adapter, description } = await requestNodeAdapter();
  const instance = new Set([gpu]); // Dawn crashes if its instance is collected before its device is destroyed
  return Device.open(adapter, { description, release: () => instance.clear(), ...(wait && { wait }) });
}
