import { expect, test } from "vitest";
import { DeviceError } from "../../src/errors.ts";
import { describeAdapter, requestBrowserAdapter } from "../../src/gpu/device.browser.ts";

test.each([
  [{ vendor: "nvidia", architecture: "ampere" }, "nvidia ampere", "hardware"],
  [{ vendor: "apple", description: "Apple M2" }, "Apple M2", "hardware"],
  [{ vendor: "google", architecture: "swiftshader", isFallbackAdapter: true }, "google swiftshader", "software"],
  [{}, "an adapter without a name", "hardware"],
])("%j is named %s", (info, name, type) => {
  const description = describeAdapter({
    vendor: "",
    architecture: "",
    description: "",
    isFallbackAdapter: false,
    ...info,
  });
  expect(description).toMatchObject({ name, type, backend: "browser" });
});

test("a browser without WebGPU is told which have it", async () => {
  const request = requestBrowserAdapter(undefined);
  await expect(request).rejects.toThrow(DeviceError);
  await expect(request).rejects.toThrow(/^WebGPU: expected a browser that has it, got none\. Use a current/);
});

test("a browser without an adapter is told how to get one", async () => {
  const request = requestBrowserAdapter({ requestAdapter: () => Promise.resolve(null) });
  await expect(request).rejects.toThrow(DeviceError);
  await expect(request).rejects.toThrow(/expected the browser to offer an adapter, got none\. Switch hardware accel/);
});
