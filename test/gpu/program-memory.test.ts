/** Where a Program's tensors live: temporaries in planned buffers, placed ones in others' slots, permuted copies. */
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { arena, pinned } from "../../src/gpu/tensor.ts";
import { openTestDevice } from "../support/device.ts";
import { input, line, size } from "../support/line.ts";
import { feed, readAll } from "../support/run-op.ts";

const device = await openTestDevice();

describe("temporaries", () => {
  test("a chain of temporaries takes turns in two buffers; what is kept has its own", async () => {
    const program = new Program("chain");
    const chain = [input()];
    for (let i = 1; i <= 6; i++) chain.push(line(program, chain[i - 1], 2, 1));
    const [second, last] = [program.keep(chain[2]), program.keep(chain[6])];
    const ready = await program.finish(device);
    expect(ready.plannedBytes).toBe(3 * size * 4);
    for (let run = 0; run < 2; run++) {
      ready.run();
      expect([...(await ready.read(second))]).toEqual([7, 11, 15, 19, 23]);
      expect([...(await ready.read(last))]).toEqual([127, 191, 255, 319, 383]);
    }
    ready.destroy();
  });

  test("a temporary that is not kept cannot be read: its memory may be another's", async () => {
    const program = new Program("lost");
    const lost = line(program, input(), 2, 1);
    program.keep(line(program, lost, 2, 1));
    const ready = await program.finish(device);
    await expect(ready.read(lost)).rejects.toThrow(
      new ShapeError(
        "program lost: expected a tensor that is pinned or kept to read, got y. Keep it before the program is finished.",
      ),
    );
    ready.destroy();
  });

  test("a pinned tensor keeps its contents from run to run", async () => {
    const program = new Program("counter");
    const [count, next] = [feed("count", [size], [0, 10, 20, 30, 40]), program.tensor("next", [size])];
    line(program, count, 1, 1, next);
    line(program, next, 1, 0, count);
    const ready = await program.finish(device);
    for (let run = 0; run < 3; run++) ready.run();
    expect([...(await ready.read(count))]).toEqual([3, 13, 23, 33, 43]);
    ready.destroy();
  });
});

describe("place", () => {
  test("a temporary lives where it is told to, also by way of another", async () => {
    const program = new Program("placed");
    const [first, second] = arena("gradients", [
      { name: "first", shape: [size] },
      { name: "second", shape: [size] },
    ]).values();
    const y = line(program, input(), 2, 0);
    const z = line(program, input(), 3, 0);
    const alias = program.tensor("alias", [size]);
    expect(program.place(y, first)).toBe(true);
    expect(program.place(alias, second)).toBe(true);
    expect(program.place(z, alias)).toBe(true);
    const ready = await program.finish(device);
    expect(ready.plannedBytes).toBe(0);
    ready.run();
    const [twice, thrice] = [Float32Array.of(2, 4, 6, 8, 10), Float32Array.of(3, 6, 9, 12, 15)];
    expect(await readAll(ready, [first, second, y, z])).toEqual([twice, thrice, twice, thrice]);
    ready.destroy();
  });

  test("what has a place keeps it: a placed temporary, and a pinned tensor", () => {
    const program = new Program("twice");
    const [home, other] = [pinned("home", [size]), pinned("other", [size])];
    const y = program.tensor("y", [size]);
    expect(program.place(y, home)).toBe(true);
    expect(program.place(y, other)).toBe(false);
    expect(program.place(home, other)).toBe(false);
  });
});

describe("permuted", () => {
  test("copies of one slot share a launch, of another slot have their own; beyond the tensor is 0", async () => {
    const program = new Program("permuted");
    const parameters = arena("parameters", [
      { name: "a", shape: [64] },
      { name: "b", shape: [2, 2] },
    ]);
    const [a, b] = [...parameters.values()];
    device.write(a, Float32Array.of(1, 2, 3)); // 256 bytes: b follows at once
    device.write(b, Float32Array.of(4, 5, 6, 7));
    const copies = [
      program.permuted("a.turned", a, Uint32Array.of(2, 1, 0, 64, 0xffffffff)), // 64 would be b's first
      program.permuted("b.transposed", b, Uint32Array.of(0, 2, 1, 3)),
      program.permuted(
        "b.again",
        b,
        Uint32Array.from({ length: 70 }, (_, i) => i % 5),
      ),
      program.permuted("x.second", input(), Uint32Array.of(1, 5)),
    ].map((copy) => program.keep(copy));
    expect(copies.map(({ shape }) => shape)).toEqual([[5], [4], [70], [2]]);
    expect(program.launches.map(({ op, phase, bindings }) => [op, phase, bindings[0].slot])).toEqual([
      ["permute", "data", "parameters"],
      ["permute", "data", "x"],
    ]);
    const ready = await program.finish(device);
    ready.run();
    const [turned, transposed, again, second] = await readAll(ready, copies);
    expect([...turned]).toEqual([3, 2, 1, 0, 0]);
    expect([...transposed]).toEqual([4, 6, 5, 7]);
    expect([...again]).toEqual(Array.from({ length: 70 }, (_, i) => [4, 5, 6, 7, 0][i % 5]));
    expect([...second]).toEqual([2, 0]);
    ready.destroy();
  });

  test("are made anew by every run, before the first launch", async () => {
    const program = new Program("anew");
    const x = input();
    const y = line(program, program.permuted("x.turned", x, Uint32Array.of(4, 3, 2, 1, 0)), 1, 1);
    line(program, y, 1, 0, x);
    const ready = await program.finish(device);
    ready.run();
    ready.run();
    expect([...(await ready.read(x))]).toEqual([3, 4, 5, 6, 7]);
    ready.destroy();
  });

  test("a temporary is refused: before the first launch it has no contents", () => {
    const program = new Program("early");
    expect(() => program.permuted("copy", program.tensor("t", [1]), Uint32Array.of(0))).toThrow(
      new ShapeError("program early: expected a pinned tensor to permute, got the temporary t"),
    );
  });
});

test("a sum of which a layer makes the parts is that layer's result", () => {
  const program = new Program("sums");
  const total = program.tensor("total", [3]);
  program.within("conv", "backward", () => {
    const partials = program.tensor("partials", [2, 3]);
    program.sum({ partials, parts: 2, stride: 3, outputs: [total] });
  });
  expect(program.resultsOf("conv", "backward")).toEqual([total]);
  expect(program.resultsOf("other", "backward")).toEqual([]);
});
