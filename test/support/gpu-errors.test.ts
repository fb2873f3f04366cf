import { expect, test } from "vitest";
import { requestNodeAdapter } from "../../src/gpu/adapter.node.ts";
import { Device } from "../../src/gpu/device.ts";
import { DeviceError } from "../../src/errors.ts";
import { takeGpuErrors } from "./gpu-errors.ts";

test("an error that WebGPU reports to nobody reaches the set-up of the tests, and the next call", async () => {
  const { gpu, adapter, description } = await requestNodeAdapter();
  const device = await Device.open(adapter, { description, release: () => gpu });
  device.gpu.createBuffer({ label: "without a use", size: 4, usage: 0 });
  await device.gpu.queue.onSubmittedWorkDone();
  expect(takeGpuErrors()).toEqual([expect.stringContaining("without a use")]);
  expect(() => device.check()).toThrow(DeviceError);
  device.destroy();
});
