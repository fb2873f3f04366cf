import { describe, expect, test } from "vitest";
import { comparePeers } from "../../bench/peers/compare.ts";
import type { Done, Request } from "../../bench/peers/messages.ts";
import type { ProblemSpec } from "../../bench/peers/problem.ts";
import type { PeerProcess } from "../../bench/peers/process.ts";

const spec: ProblemSpec = {
  ...{ task: "training", padding: "same", size: 32, batch: 2, outputs: 3, learningRate: 1e-6, batchCount: 2, seed: 0 },
};
const inference: ProblemSpec = { ...spec, task: "inference" };

/** A peer whose step takes `stepMs` of its index; what is asked of it goes into `log`. */
function fakePeer(
  system: string,
  stepMs: (index: number) => number,
  values: number[],
  log: string[] = [],
): PeerProcess {
  const adapter = { name: "fake", vendor: "", type: "software", backend: "none", driver: "" } as const;
  const calls = { dispatches: 5, submits: 1, createBuffer: 0 };
  const milliseconds = (request: Request): number => (request.do === "step" ? stepMs(request.index) : 100);
  return {
    opened: { system, version: "1", adapter },
    end: () => undefined,
    ask: (request) => {
      log.push(`${system} ${request.do}${"index" in request ? ` ${request.index}` : ""}`);
      const done: Done = { milliseconds: milliseconds(request), ...calls };
      return Promise.resolve(request.do === "values" ? { ...done, values } : done);
    },
  };
}

describe("training", () => {
  /** A machine that something else slows down for a while. */
  const slowed = (ms: number) => (index: number) => (index === 0 ? 50 : ms) * (index > 8 ? 3 : 1);

  test("the ratio is of the same rounds, so what slows both does not widen its interval", async () => {
    const peers = [fakePeer("cellgrad", slowed(10), [1.5]), fakePeer("other", slowed(25), [1.5])];
    const [own, other] = await comparePeers(peers, spec, { steps: 9 });
    expect(own.ratio).toEqual({ median: 1, low: 1, high: 1 });
    expect(other.ratio).toEqual({ median: 2.5, low: 2.5, high: 2.5 });
  });

  test("a ratio that differs from round to round has an interval around it", async () => {
    const uneven = (index: number): number => 20 + 4 * (index % 5);
    const peers = [fakePeer("cellgrad", () => 10, [1.5]), fakePeer("other", uneven, [1.5])];
    const { ratio } = (await comparePeers(peers, spec, { steps: 15 }))[1];
    expect(ratio.median).toBe(2.8);
    expect(ratio.low).toBeGreaterThanOrEqual(2);
    expect(ratio.low).toBeLessThan(2.8);
    expect(ratio.high).toBeGreaterThan(2.8);
    expect(ratio.high).toBeLessThanOrEqual(3.6);
  });

  test("the first step counts with what prepares it; times are of the last steps", async () => {
    const peers = [fakePeer("cellgrad", (index) => (index < 3 ? 300 : index), [1.5])];
    const [row] = await comparePeers(peers, spec, { steps: 9 });
    expect(row.firstStepMs).toBe(400);
    expect(row.stepsMs).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(row.msPerStep).toBe(7);
    expect(row.losses).toEqual(Array.from({ length: 10 }, () => 1.5));
  });

  test("another loss shows in the row, and the times are there all the same", async () => {
    const peers = [fakePeer("cellgrad", () => 1, [1.5]), fakePeer("other", () => 1, [1.6])];
    const [own, other] = await comparePeers(peers, spec, { steps: 1 });
    expect([own.agrees, other.agrees]).toEqual([true, false]);
    expect(other).toMatchObject({ lossAfter10: 1.6, msPerStep: 1 });
    expect(other.difference).toBeCloseTo(0.1 / 1.5);
  });

  test("one step of each in turn", async () => {
    const log: string[] = [];
    const peers = [fakePeer("a", () => 1, [1], log), fakePeer("b", () => 1, [1], log)];
    await comparePeers(peers, spec, { steps: 9 });
    expect(log.filter((line) => / step [01]$/.test(line))).toEqual(["a step 0", "b step 0", "a step 1", "b step 1"]);
    expect(log.at(-1)).toBe("b step 11");
  });
});

describe("inference", () => {
  test("predictions that disagree end the comparison before anything is timed", async () => {
    const log: string[] = [];
    const peers = [fakePeer("cellgrad", () => 1, [1, 2], log), fakePeer("other", () => 1, [1, 2.01], log)];
    await expect(comparePeers(peers, inference, { steps: 9 })).rejects.toThrow(
      /^other: expected predictions within 0.10 % of cellgrad's, got a difference of 0.50 %\. /,
    );
    expect(log.at(-1)).toBe("other values");
    expect(log).not.toContain("cellgrad step 2");
  });

  test("a row has no losses", async () => {
    const [row] = await comparePeers([fakePeer("cellgrad", () => 1, [1, 2])], inference, { steps: 1 });
    expect(row).not.toHaveProperty("losses");
    expect(row).not.toHaveProperty("lossAfter10");
    expect(row.difference).toBe(0);
  });
});
