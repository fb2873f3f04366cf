import { afterEach, expect, test, vi } from "vitest";
import { clockQuantumNs, timeInterleaved } from "../../src/gpu/timing.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();
afterEach(() => void vi.restoreAllMocks());

/** A clock that advances when work is submitted and at no other time. */
function fakeClock() {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  return { work: (ms: number) => void (now += ms) };
}

test("repeats are doubled until a batch is long enough; the time is that of the work once", async () => {
  const clock = fakeClock();
  const submits: [string, number][] = [];
  const candidate = (name: string, ms: number) => ({
    name,
    submit: (repeats: number) => {
      submits.push([name, repeats]);
      clock.work(ms * repeats);
    },
  });
  const series = await timeInterleaved(device, [candidate("a", 3), candidate("b", 50)], { repetitions: 2 });
  expect(series).toEqual([
    { name: "a", repeats: 16, ms: [3, 3] },
    { name: "b", repeats: 1, ms: [50, 50] },
  ]);
  // Warm-up, doubling, once more to be sure; then the candidates take turns.
  const found = [1, 1, 2, 4, 8, 16, 16].map((repeats) => ["a", repeats]);
  const rounds = ["a", "b", "a", "b"].map((name) => [name, name === "a" ? 16 : 1]);
  expect(submits).toEqual([...found, ["b", 1], ["b", 1], ["b", 1], ...rounds]);
});

test("a hiccup while the repeats are being found does not end the search", async () => {
  const clock = fakeClock();
  let calls = 0;
  const submit = (repeats: number) => clock.work(++calls === 2 ? 500 : 3 * repeats);
  const [series] = await timeInterleaved(device, [{ name: "a", submit }], { repetitions: 1 });
  expect(series.repeats).toBe(16);
});

test("every batch is told of", async () => {
  const clock = fakeClock();
  const candidates = ["a", "b"].map((name) => ({ name, submit: () => clock.work(60) }));
  const told: string[] = [];
  await timeInterleaved(device, candidates, {
    repetitions: 2,
    onBatch: (done, total) => told.push(`${done}/${total}`),
  });
  expect(told).toEqual(["1/4", "2/4", "3/4", "4/4"]);
});

test("after each round those go on that are told to, and times of one index belong to one round", async () => {
  const clock = fakeClock();
  const candidates = ["a", "b", "c"].map((name, i) => ({ name, submit: () => clock.work(60 + i) }));
  const seen: string[] = [];
  const told: string[] = [];
  const series = await timeInterleaved(device, candidates, {
    repetitions: 9,
    onBatch: (done, total) => told.push(`${done}/${total}`),
    goesOn: (own) => {
      seen.push(own.map(({ name, ms }) => `${name}${ms.length}`).join(" "));
      return own[0]?.ms.length === 3 ? [] : own.filter(({ name }) => name !== "b");
    },
  });
  expect(seen).toEqual(["a1 b1 c1", "a2 c2", "a3 c3"]);
  expect(series.map(({ name, ms }) => [name, ms])).toEqual([
    ["a", [60, 60, 60]],
    ["b", [61]],
    ["c", [62, 62, 62]],
  ]);
  expect(told).toEqual(["1/27", "2/27", "3/27", "4/27", "5/27", "6/27", "7/27"]);
});

test("the clock's step is the smallest that was seen", () => {
  let calls = 0;
  vi.spyOn(performance, "now").mockImplementation(() => Math.floor(++calls / 3) * 0.005);
  expect(clockQuantumNs()).toBe(5000);
});
