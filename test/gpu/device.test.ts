import { describe, expect, test } from "vitest";
import { DeviceError } from "../../src/errors.ts";
import { requestNodeAdapter } from "../../src/gpu/adapter.node.ts";
import { Device, type Wait } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/device.node.ts";
import { defineKernel } from "../../src/gpu/kernel.ts";
import { Program } from "../../src/gpu/program.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { openTestDevice } from "../support/device.ts";
import { takeGpuErrors } from "../support/gpu-errors.ts";
import { feed } from "../support/run-op.ts";

describe("a failure of WebGPU", () => {
  test("an error that nobody caught is thrown at the next call, and from then on", async () => {
    const { device } = await openDevice();
    device.gpu.createBuffer({ label: "no use", size: 4, usage: 0 });
    await device.gpu.queue.onSubmittedWorkDone();
    expect(takeGpuErrors()).toHaveLength(1);
    const refusal = expect.objectContaining({
      name: "DeviceError",
      message: expect.stringMatching(/^WebGPU: .*no use/s) as string,
    }) as Error;
    expect(() => device.createBuffer("next", 4)).toThrow(refusal);
    expect(() => device.write(pinned("x", [1]), Float32Array.of(1))).toThrow(refusal);
    await expect(device.settled()).rejects.toThrow(refusal);
    device.destroy();
  });

  test("the loss of the device ends what waits and what comes after", async () => {
    const { device } = await openDevice();
    const program = new Program("lost");
    const ready = await program.finish(device);
    const reading = device.read(pinned("x", [1]));
    device.gpu.destroy();
    const refusal = new DeviceError(
      "device: expected it to stay, got lost (destroyed): device was destroyed. Resume from the last checkpoint.",
    );
    await expect(reading).rejects.toThrow(refusal);
    expect(() => ready.run()).toThrow(refusal);
    await expect(device.settled()).rejects.toThrow(refusal);
    device.destroy();
  });

  test("a shader that does not compile names its launch and its line", async () => {
    const { device } = await openDevice();
    const source = `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn forward() {
  y[0] = unknown;
}`;
    const program = new Program("broken");
    program.within("layer1", "forward", () =>
      program.launch(defineKernel("broken", source), "forward", {
        bindings: { y: pinned("y", [1]) },
        workgroups: [1, 1, 1],
        flops: 0,
      }),
    );
    await expect(program.finish(device)).rejects.toThrow(
      new DeviceError(
        "layer1 broken.forward: expected WGSL that compiles, got\n" +
          "line 4: unresolved value 'unknown'\n      y[0] = unknown;",
      ),
    );
    expect(() => device.check()).not.toThrow(); // the device can be used on
    device.destroy();
  });
});

test("the buffer of a temporary is not the device's to make", async () => {
  const { device } = await openDevice();
  const temporary = new Program("p").tensor("y", [1]);
  expect(() => device.bufferOf(temporary.slot)).toThrow(
    new DeviceError("y: expected a pinned slot, got a temporary of a Program"),
  );
  device.destroy();
});

describe("destroy", () => {
  test("once; then every call is refused", async () => {
    const { device } = await openDevice();
    device.destroy();
    device.destroy();
    const refusal = new DeviceError("device: expected an open device, got one that was destroyed");
    expect(() => device.check()).toThrow(refusal);
    expect(() => device.createBuffer("x", 4)).toThrow(refusal);
    await expect(device.settled()).rejects.toThrow(refusal);
  });
});

describe("memory", async () => {
  const device = await openTestDevice();

  test("a pinned tensor begins with what it was given, or zeros; shorter data leave the rest", async () => {
    const x = feed("x", [4], [1, 2, 3, 4]);
    device.write(x, Float32Array.of(8, 9));
    expect([...(await device.read(x))]).toEqual([8, 9, 3, 4]);
    expect([...(await device.read(pinned("zeros", [2])))]).toEqual([0, 0]);
  });

  test("what is released is gone", async () => {
    const x = pinned("x", [2]);
    device.write(x, Float32Array.of(1, 2));
    device.release(x.slot);
    expect([...(await device.read(x))]).toEqual([0, 0]);
  });

  test("a scope gives back what was made in it, also after an error, and nothing else", async () => {
    const [kept, inside] = [feed("kept", [256], [1]), feed("inside", [256], [2])];
    device.write(kept, Float32Array.of(1));
    const before = device.memory.liveBytes;
    const value = await device.scope(async () => {
      device.write(inside, Float32Array.of(3));
      const program = new Program("scoped");
      program.keep(program.tensor("temporary", [256]));
      await program.finish(device);
      device.write(kept, Float32Array.of(4));
      return (await device.read(inside))[0];
    });
    expect(value).toBe(3);
    expect(device.memory.liveBytes).toBe(before);
    expect((await device.read(kept))[0]).toBe(4);
    expect((await device.read(inside))[0]).toBe(2); // as when it was first made
    device.release(inside.slot);
    const failing = device.scope(() => {
      device.createBuffer("left", 4096);
      return Promise.reject(new Error("in the scope"));
    });
    await expect(failing).rejects.toThrow("in the scope");
    expect(device.memory.liveBytes).toBe(before);
  });

  test("a buffer larger than the adapter binds is refused by name and size", () => {
    const most = device.gpu.limits.maxStorageBufferBindingSize;
    expect(() => device.createBuffer("images", most + 4)).toThrow(
      new DeviceError(
        `images: expected at most ${most} bytes, the largest binding of ${device.description.name}, got ${most + 4}. ` +
          "Use a smaller batch, size or data set.",
      ),
    );
  });
});

test("whoever opens the device says how to wait", async () => {
  let waits = 0;
  const wait: Wait = (promise) => {
    waits++;
    return promise;
  };
  const { gpu, adapter, description } = await requestNodeAdapter();
  const device = await Device.open(adapter, { description, wait, release: () => gpu });
  await device.read(pinned("x", [1]));
  await device.settled();
  expect(waits).toBe(2);
  device.destroy();
});
