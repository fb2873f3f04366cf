import { describe, expect, test } from "vitest";
import { requestNodeAdapter } from "../../src/gpu/adapter.node.ts";
import { DeviceError } from "../../src/errors.ts";
import { hasSwiftShader } from "../../src/gpu/swiftshader.node.ts";

test("without a wish there is an adapter, and a reason for it", async () => {
  const { description, reason } = await requestNodeAdapter();
  expect(description.name).not.toBe("");
  expect(description.backend).not.toBe("null");
  expect(reason).not.toBe("");
});

test("a software adapter, when asked for", async () => {
  const { adapter, description, reason } = await requestNodeAdapter({ software: true });
  expect(description.type).toBe("software");
  expect(adapter.info.isFallbackAdapter).toBe(true);
  expect(reason).toBe("a software adapter was asked for");
});

test("an unknown name is refused with the known ones", async () => {
  const request = requestNodeAdapter({ adapter: "no such adapter" });
  await expect(request).rejects.toThrow(DeviceError);
  await expect(request).rejects.toThrow(/^adapter: expected one of .+, got "no such adapter"$/);
});

describe.runIf(hasSwiftShader())("SwiftShader", () => {
  const request = { adapter: "swiftshader" };

  test("runs in a process that was started without it, as often as asked", async () => {
    for (let i = 0; i < 2; i++) {
      const { description, reason } = await requestNodeAdapter(request);
      expect(description).toMatchObject({
        name: expect.stringMatching(/^SwiftShader/) as string,
        vendor: "google",
        type: "software",
        backend: "vulkan",
      });
      expect(reason).toBe('"swiftshader" was asked for');
    }
  });

  test("leaves the environment as it was", async () => {
    const before = { ...process.env };
    await requestNodeAdapter(request);
    expect({ ...process.env }).toEqual(before);
  });

  test("its timestamps are not rounded: they are taken for benchmarks", async () => {
    const { adapter, gpu } = await requestNodeAdapter(request);
    const device = await adapter.requestDevice({ requiredFeatures: ["timestamp-query"] });
    const querySet = device.createQuerySet({ type: "timestamp", count: 2 });
    const resolved = device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    const read = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    encoder
      .beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } })
      .end();
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, read, 0, 16);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    const [start = 0n] = new BigUint64Array(read.getMappedRange());
    expect(start % 65_536n).not.toBe(0n);
    device.destroy();
    expect(gpu).toBeDefined();
  });
});
