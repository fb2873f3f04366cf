import { afterEach, describe, expect, test, vi } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { defineKernel } from "../../src/gpu/kernel.ts";
import { Program } from "../../src/gpu/program.ts";
import { arena, pinned, type Tensor } from "../../src/gpu/tensor.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, readAll } from "../support/run-op.ts";

const device = await openTestDevice();
afterEach(() => void vi.restoreAllMocks());

const kernel = defineKernel(
  "line",
  `// line: y[i] = factor * x[i] + shift
const size: u32 = 1u; // tunable
const factor: f32 = 1.0; // tunable
const shift: f32 = 0.0; // tunable

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= size) { return; }
  y[id.x] = factor * x[id.x] + shift;
}`,
);
const size = 5;

/** Records y = factor * x + shift. */
function line(program: Program, x: Tensor, factor: number, shift: number, y = program.tensor("y", [size])): Tensor {
  const request = {
    constants: { size, factor, shift },
    bindings: { x, y },
    workgroups: [1, 1, 1] as const,
    flops: 2 * size,
  };
  program.launch(kernel, "forward", request);
  return y;
}

const input = () => feed("x", [size], [1, 2, 3, 4, 5]);

describe("the list", () => {
  test("is plain data: every launch with its layer, phase, constants, bindings, work and traffic", () => {
    const program = new Program("list");
    const y = program.within("layer1", "forward", () => line(program, input(), 2, 1));
    line(program, y, 3, 0);
    const { launches } = program;
    expect(JSON.parse(JSON.stringify(launches))).toEqual(launches);
    expect(launches).toHaveLength(2);
    expect(launches[0]).toEqual({
      op: "line",
      entryPoint: "forward",
      layer: "layer1",
      phase: "forward",
      shader: "line.wgsl",
      tunables: { size: 5, factor: 2, shift: 1 },
      bindings: [
        { name: "x", slot: "x", access: "read", shape: [5] },
        { name: "y", slot: "layer1.y", access: "write", shape: [5] },
      ],
      workgroups: [1, 1, 1],
      flops: 10,
      bytesRead: 20,
      bytesWritten: 20,
    });
    expect(launches[1]).toMatchObject({ layer: "", phase: "data" });
  });

  test("bytes moved may be said where they are not those of the tensors", () => {
    const program = new Program("traffic");
    const bindings = { x: pinned("x", [1000]), y: pinned("y", [1000]) };
    program.launch(kernel, "forward", { bindings, workgroups: [1, 1, 1], flops: 0, bytesRead: 8, bytesWritten: 4 });
    expect(program.launches[0]).toMatchObject({ tunables: {}, bytesRead: 8, bytesWritten: 4 });
  });

  test("layers nest, and an error leaves one", () => {
    const program = new Program("nested");
    program.within("outer", "forward", () => {
      expect(() =>
        program.within("inner", "backward", () => {
          throw new Error("inside");
        }),
      ).toThrow("inside");
      program.within("inner", "update", () => line(program, input(), 1, 0));
      line(program, input(), 1, 0);
    });
    expect(program.launches.map(({ layer, phase }) => [layer, phase])).toEqual([
      ["inner", "update"],
      ["outer", "forward"],
    ]);
  });

  test("an entry point or a binding that the kernel does not declare is refused", () => {
    const program = new Program("unknown");
    const request = { bindings: { x: input(), z: input() }, workgroups: [1, 1, 1] as const, flops: 0 };
    expect(() => program.launch(kernel, "backward", request)).toThrow(
      new ShapeError('line: expected one of forward, got "backward"'),
    );
    expect(() => program.launch(kernel, "forward", request)).toThrow(
      new ShapeError('line: expected a binding that it declares, got "z"'),
    );
    expect(program.launches).toEqual([]);
  });

  test("is complete once it was read", () => {
    const program = new Program("read");
    expect(program.launches).toEqual([]);
    const refusal = new ShapeError("program read: expected no more launches once its list was read");
    expect(() => line(program, input(), 1, 0)).toThrow(refusal);
    expect(() => program.permuted("copy", input(), Uint32Array.of(0))).toThrow(refusal);
  });
});

describe("run", () => {
  test("submits once and asks WebGPU for nothing new", async () => {
    const program = new Program("frugal");
    const x = input();
    const y = program.keep(
      line(program, line(program, program.permuted("x.turned", x, Uint32Array.of(4, 3, 2, 1, 0)), 2, 1), 3, 0),
    );
    const ready = await program.finish(device);
    const { gpu, counters } = device;
    const made = [
      vi.spyOn(gpu, "createBuffer"),
      vi.spyOn(gpu, "createBindGroup"),
      vi.spyOn(gpu, "createShaderModule"),
      vi.spyOn(gpu, "createComputePipeline"),
      vi.spyOn(gpu, "createComputePipelineAsync"),
      vi.spyOn(gpu.queue, "writeBuffer"),
    ];
    const submit = vi.spyOn(gpu.queue, "submit");
    const before = { ...counters };
    ready.run();
    expect(submit).toHaveBeenCalledTimes(1);
    expect(submit.mock.calls[0][0]).toHaveLength(1);
    for (const method of made) expect(method).not.toHaveBeenCalled();
    expect(counters).toEqual({ ...before, submits: before.submits + 1, dispatches: before.dispatches + 3 });

    // The counters do not merely stand still: reading makes a buffer, which the spy sees.
    expect([...(await ready.read(y))]).toEqual([33, 27, 21, 15, 9]);
    expect(made[0]).toHaveBeenCalledTimes(1);
    ready.destroy();
  });

  test("finish compiles equal code once, makes a bind group a launch, and tells its progress", async () => {
    const program = new Program("compiled");
    const [a, b] = [line(program, input(), 0.25, 1), line(program, input(), 0.25, 1)];
    line(program, a, 0.75, 1, b);
    const before = { ...device.counters };
    const progress: [number, number][] = [];
    const ready = await program.finish(device, (compiled, total) => progress.push([compiled, total]));
    expect(device.counters.pipelines - before.pipelines).toBe(2);
    expect(device.counters.bindGroups - before.bindGroups).toBe(3);
    expect(progress).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    ready.destroy();
  });
});

describe("memory", () => {
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
    expect(program.place(y, second)).toBe(true);
    expect(program.place(alias, first)).toBe(true);
    expect(program.place(z, alias)).toBe(true);
    const ready = await program.finish(device);
    expect(ready.plannedBytes).toBe(0);
    ready.run();
    expect(await readAll(ready, [first, second, y, z])).toEqual(
      [
        [3, 6, 9, 12, 15],
        [2, 4, 6, 8, 10],
        [2, 4, 6, 8, 10],
        [3, 6, 9, 12, 15],
      ].map((v) => Float32Array.from(v)),
    );
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
      { name: "a", shape: [3] },
      { name: "b", shape: [2, 2] },
    ]);
    const [a, b] = [...parameters.values()];
    device.write(a, Float32Array.of(1, 2, 3));
    device.write(b, Float32Array.of(4, 5, 6, 7));
    const copies = [
      program.permuted("a.turned", a, Uint32Array.of(2, 1, 0, 3, 0xffffffff)), // 3: beyond a, inside the arena
      program.permuted("b.transposed", b, Uint32Array.of(0, 2, 1, 3)),
      program.permuted(
        "b.again",
        b,
        Uint32Array.from({ length: 70 }, (_, i) => i % 5),
      ),
      program.permuted("x.second", input(), Uint32Array.of(1)),
    ].map((copy) => program.keep(copy));
    expect(copies.map(({ shape }) => shape)).toEqual([[5], [4], [70], [1]]);
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
    expect([...second]).toEqual([2]);
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
