/** `preset` from the outside. */
import { expect, test } from "vitest";
import { presetNames, presetOf } from "../../src/nn/preset.ts";
import { ownLines, runCli } from "../support/cli.ts";

const preset = async (...args: string[]) => {
  const { status, stdout, stderr } = await runCli(["preset", ...args]);
  return { status, stdout, errors: ownLines(stderr) };
};
const json = async (...args: string[]): Promise<unknown> => JSON.parse((await preset(...args, "--json")).stdout);

test("list has every preset", async () => {
  expect(await json("list")).toEqual(presetNames.map((name) => ({ name, description: presetOf(name).description })));
  expect((await preset("list")).stdout).toMatch(/^preset +what it is\nthesis-code +R-Net as /);
});

test("show has every key", async () => {
  expect(await json("show", "rnet")).toEqual(presetOf("rnet"));
  const { stdout } = await preset("show", "rnet");
  expect(stdout).toMatch(/^optimizer\.epsilonPlacement +inside$/m);
  expect(stdout).toMatch(/^augment\.scale +\[0\.9,1\.1\]$/m);
});

test("diff has what differs and why", async () => {
  expect(await json("diff", "thesis-code", "thesis-table")).toEqual({
    a: "thesis-code",
    b: "thesis-table",
    differences: [{ key: "padding", a: "valid", b: "same" }],
    contradictions: [expect.objectContaining({ row: 1, keys: ["padding"] })],
  });
});

test("diff as a table, with both places of the thesis", async () => {
  const { status, stdout } = await preset("diff", "thesis-code", "rnet");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^key +thesis-code +rnet\nresize +cv2-linear +area\n/);
  expect(stdout).toMatch(/^augment\.fill +imgaug-0\.4-int +dataset-mean$/m);
  expect(stdout).toMatch(
    /\n\nwhere the thesis says two things:\n {2}augment\.scale, augment\.scaleAxes\n {4}section 3\.1: /,
  );
  expect(stdout).not.toContain("description");
  expect(stdout).not.toContain("accepts");
  expect(stdout).toMatch(/^schedule\.minLearningRate +0\.001 +-$/m);
});

test("diff of presets that are the same", async () => {
  expect((await preset("diff", "rnet", "rnet")).stdout).toBe("rnet and rnet: the same\n");
});

test.each([
  ["show", "vgg"],
  ["diff", "rnet", "vgg"],
])("an unknown preset is refused by %s", async (...args) => {
  const { status, stdout, errors } = await preset(...args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(errors[0]).toBe(
    'cellgrad: --preset: expected one of thesis-code, thesis-table, thesis-text, rnet, mnist-net, tiny, got "vgg"',
  );
});
