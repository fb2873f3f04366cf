/** Images of a report: those of the data set, and nothing else that a run's predictions may name. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeGrayPng } from "../../src/data/encode-png.node.ts";
import { presetOf } from "../../src/nn/preset.ts";
import { readPictures } from "../../src/report/pictures.node.ts";
import { temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();
const data = join(root, "data");
const reading = { preset: { ...presetOf("tiny"), size: 4 }, channel: null, normalize: "none" } as const;

test("names that lead out of the folder, and pipes, are of no image", async () => {
  const png = encodeGrayPng({ height: 4, width: 4, pixels: new Uint8Array(16) });
  mkdirSync(data);
  mkdirSync(join(root, "private"));
  writeFileSync(join(data, "a.png"), png);
  writeFileSync(join(root, "private", "secret.png"), png);
  execFileSync("mkfifo", [join(data, "pipe.png")]);
  const failures: string[] = [];
  const names = ["a.png", "../private/secret.png", "pipe.png"];
  const pictures = await readPictures(data, names, reading, ({ message }) => failures.push(message));
  expect([...pictures.keys()]).toEqual(["a.png"]);
  expect(failures).toEqual([
    `${data}: expected an image called "../private/secret.png", got no such file`,
    `${data}: expected an image called "pipe.png", got no such file`,
  ]);
});

test("a folder that is gone is said once", async () => {
  const failures: string[] = [];
  const missing = join(root, "missing");
  expect((await readPictures(missing, ["a.png"], reading, ({ message }) => failures.push(message))).size).toBe(0);
  expect(failures).toEqual([`${missing}: expected a folder of images, got nothing of that name; check the path`]);
});
