import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { clock, ProgressLine } from "../../src/cli/progress.ts";

let written: string[];
const { isTTY, columns } = process.stderr;
beforeEach(() => {
  written = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(process.stderr, { isTTY, columns });
});

describe("on a terminal", () => {
  beforeEach(() => Object.assign(process.stderr, { isTTY: true, columns: 10 }));

  test("one line, cut to the width, that is taken away at the end", async () => {
    const result = await ProgressLine.during((line) => {
      line.show("reading 1/40 images");
      return Promise.resolve("read");
    });
    expect(result).toBe("read");
    expect(written).toEqual(["\r\x1b[2Kreading 1", "\r\x1b[2K"]);
  });

  test("an error's message does not stand behind it", async () => {
    const work = ProgressLine.during((line) => {
      line.show("reading");
      return Promise.reject(new Error("damaged"));
    });
    await expect(work).rejects.toThrow("damaged");
    expect(written.at(-1)).toBe("\r\x1b[2K");
  });

  test("what comes too soon is left out", () => {
    const line = new ProgressLine();
    line.show("1/40");
    line.show("2/40");
    expect(written).toEqual(["\r\x1b[2K1/40"]);
  });
});

test("elsewhere nothing", async () => {
  Object.assign(process.stderr, { isTTY: false });
  await ProgressLine.during((line) => Promise.resolve(line.show("reading")));
  expect(written).toEqual([]);
});

test.each([
  [0.4, "0:00"],
  [75, "1:15"],
  [3599.6, "1:00:00"],
  [36_061, "10:01:01"],
  [-1, "0:00"],
])("%f s is %s", (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});
