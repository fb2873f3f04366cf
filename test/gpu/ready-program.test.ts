import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { openTestDevice } from "../support/device.ts";
import { input, line, size } from "../support/line.ts";

const device = await openTestDevice();

/** a = 2 x + 1, b = 10 a. */
async function twoLaunches() {
  const program = new Program("two");
  const x = input();
  const a = program.keep(line(program, x, 2, 1));
  const b = pinned("b", [size]);
  line(program, a, 10, 0, b);
  return { ready: await program.finish(device), x, b };
}

describe("runLaunches", () => {
  test("runs those that are named, as often as asked, in one submit", async () => {
    const { ready, b } = await twoLaunches();
    const before = { ...device.counters };
    ready.runLaunches([0], 3);
    expect([...(await device.read(b))]).toEqual([0, 0, 0, 0, 0]);
    ready.runLaunches([1], 1);
    expect([...(await device.read(b))]).toEqual([30, 50, 70, 90, 110]);
    expect(device.counters.dispatches - before.dispatches).toBe(4);
    expect(device.counters.submits - before.submits).toBe(2);
  });

  test("refuses one that there is not", async () => {
    const { ready } = await twoLaunches();
    expect(() => ready.runLaunches([2], 1)).toThrow(
      new ShapeError("program two: expected a launch from 0 to 1, got number 2"),
    );
  });
});

test("names the lasting memory that its launches touch", async () => {
  const { ready, x, b } = await twoLaunches();
  expect(ready.pinnedSlots).toEqual([x.slot, b.slot]);
});

describe("memory", () => {
  test("counts what is alive, and the most that was", () => {
    const before = device.memory.liveBytes;
    const buffer = device.createBuffer("large", 2 ** 20);
    expect(device.memory.liveBytes).toBe(before + 2 ** 20);
    device.destroyBuffer(buffer);
    device.destroyBuffer(buffer);
    expect(device.memory.liveBytes).toBe(before);
    expect(device.memory.peakBytes).toBeGreaterThanOrEqual(before + 2 ** 20);
  });

  test("a program and its slots give everything back; a read keeps nothing", async () => {
    const before = device.memory.liveBytes;
    const { ready, x, b } = await twoLaunches();
    ready.run();
    await device.read(b);
    expect(device.memory.liveBytes - before).toBe(3 * 4 * size);
    ready.destroy();
    for (const { slot } of [x, b]) device.release(slot);
    expect(device.memory.liveBytes).toBe(before);
  });
});
