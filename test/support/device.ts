/** The device that a test file runs on: opened once, the one that a user without a wish would get. */
import { afterAll } from "vitest";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/device.node.ts";

export async function openTestDevice(): Promise<Device> {
  const { device } = await openDevice({ tuned: false });
  afterAll(async () => {
    await device.settled();
    device.destroy();
  });
  return device;
}
