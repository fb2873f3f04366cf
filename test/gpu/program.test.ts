import { afterEach, describe, expect, test, vi } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { openTestDevice } from "../support/device.ts";
import { input, line, lineKernel } from "../support/line.ts";

const device = await openTestDevice();
afterEach(() => void vi.restoreAllMocks());

describe("the list", () => {
  test("is plain data: every launch with its layer, phase, constants, bindings, work and traffic", () => {
    const program = new Program("list");
    const y = program.within("layer1", "forward", () => line(program, input(), 2, 1));
    program.keep(line(program, y, 3, 0));
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
    program.launch(lineKernel, "forward", { bindings, workgroups: [1, 1, 1], flops: 0, bytesRead: 8, bytesWritten: 4 });
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
      program.keep(program.within("inner", "update", () => line(program, input(), 1, 0)));
      program.keep(line(program, input(), 1, 0));
    });
    expect(program.launches.map(({ layer, phase }) => [layer, phase])).toEqual([
      ["inner", "update"],
      ["outer", "forward"],
    ]);
  });

  test("an entry point or a binding that the kernel does not declare is refused", () => {
    const program = new Program("unknown");
    const request = { bindings: { x: input(), z: input() }, workgroups: [1, 1, 1] as const, flops: 0 };
    expect(() => program.launch(lineKernel, "backward", request)).toThrow(
      new ShapeError('line: expected one of forward, got "backward"'),
    );
    expect(() => program.launch(lineKernel, "forward", request)).toThrow(
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
    program.keep(line(program, a, 0.75, 1, b));
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
