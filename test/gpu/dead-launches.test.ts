/** Launches that nobody reads from are left out of a Program's list. */
import { describe, expect, test } from "vitest";
import { Program } from "../../src/gpu/program.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { openTestDevice } from "../support/device.ts";
import { input, line, size } from "../support/line.ts";

const device = await openTestDevice();

/** The factors of the launches that are left. */
const factorsOf = (program: Program) =>
  program.launches.map(({ op, tunables }) => (op === "line" ? tunables["factor"] : op));

describe("left out", () => {
  test("a launch whose result nobody reads, and whatever only leads there", () => {
    const program = new Program("dead");
    const x = input();
    const a = line(program, x, 1, 0);
    line(program, line(program, a, 2, 0), 3, 0);
    program.keep(line(program, a, 4, 0));
    expect(factorsOf(program)).toEqual([1, 4]);
  });

  test("a launch that overwrites what an earlier one has read", () => {
    const program = new Program("overwritten");
    const a = line(program, input(), 1, 0);
    program.keep(line(program, a, 2, 0));
    line(program, input(), 3, 0, a);
    expect(factorsOf(program)).toEqual([1, 2]);
  });

  test("a permuted copy that nobody reads; of two of one slot the other is made", async () => {
    const program = new Program("permuted");
    const [x, other] = [input(), input()];
    program.permuted("unread", x, Uint32Array.of(0, 1, 2, 3, 4));
    program.permuted("of another slot", other, Uint32Array.of(4));
    const turned = program.permuted("turned", x, Uint32Array.of(4, 3, 2, 1, 0));
    line(program, program.permuted("read by the dead", other, Uint32Array.of(0, 1, 2, 3, 4)), 5, 0);
    const y = program.keep(line(program, turned, 2, 0));
    expect(factorsOf(program)).toEqual(["permute", 2]);
    expect(program.launches[0].tunables["size"]).toBe(64); // one copy of two, at 256 bytes
    const ready = await program.finish(device);
    ready.run();
    expect([...(await ready.read(y))]).toEqual([10, 8, 6, 4, 2]);
    ready.destroy();
  });
});

describe("kept", () => {
  test("what writes a pinned tensor, or a temporary that lives in one, or what the user keeps", () => {
    const program = new Program("lasting");
    line(program, input(), 1, 0, pinned("y", [size]));
    const placed = line(program, input(), 2, 0);
    program.place(placed, pinned("home", [size]));
    program.keep(line(program, input(), 3, 0));
    line(program, input(), 4, 0);
    expect(factorsOf(program)).toEqual([1, 2, 3]);
  });

  test("every launch that writes a part of what is read", () => {
    const program = new Program("parts");
    const y = program.tensor("y", [size]);
    line(program, input(), 1, 0, y);
    line(program, input(), 2, 0, y);
    program.keep(line(program, y, 3, 0));
    expect(factorsOf(program)).toEqual([1, 2, 3]);
  });
});
