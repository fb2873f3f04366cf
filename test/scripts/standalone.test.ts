import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { imageName } from "../../src/data/generator/files.ts";
import { ImageThreads } from "../../src/data/image-threads.node.ts";
import { readImage } from "../../src/data/read-image.node.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { temporaryFolder } from "../support/run.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = temporaryFolder();
const [carried, bare] = [join(folder, "carried", "standalone"), join(folder, "bare")];
const elsewhere = { NODE_PATH: undefined };

/** A machine that holds the folder and, in `carried`, the native packages of which one brings the adapter. */
beforeAll(() => {
  for (const each of [carried, bare]) {
    execFileSync(process.execPath, [join(root, "scripts/build.mjs"), "--standalone", each], { stdio: "ignore" });
  }
  for (const name of ["webgpu", "@sparticuz/chromium"]) {
    const [from, to] = [join(root, "node_modules", name), join(dirname(carried), "node_modules", name)];
    mkdirSync(dirname(to), { recursive: true });
    if (existsSync(from)) symlinkSync(from, to);
  }
});

const standalone = (...args: string[]) => runCli(args, elsewhere, undefined, join(carried, "cellgrad.js"));

test("the folder is whole: three programs and three texts, without chunks", () => {
  expect(readdirSync(carried).sort()).toEqual([
    ...["README.md", "cellgrad.js", "image-worker.js", "licenses.txt", "package.json", "peers.js"],
  ]);
});

test("doctor finds the adapter by the native package beside the folder", async () => {
  const { status, stdout, stderr } = await standalone("doctor", "--software", "--json");
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ adapter: { type: "software", backend: "vulkan" } });
});

test("a training step runs, and says what it ran on", async () => {
  const step = ["step", "--preset", "tiny", "--batch", "2", "--size", "18"];
  const { status, stdout, stderr } = await standalone("bench", ...step, "--software", "--json");
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kind: "step", submits: 1, versions: { cellgrad: "0.1.0" } });
});

test("images are made, read, and read by a thread", async () => {
  const data = join(folder, "data");
  const made = await standalone("data", "make", data, "--count", "4", "--size", "16", "--software", "--json");
  expect(made.status, made.stderr).toBe(0);
  const { status, stdout, stderr } = await standalone("data", "card", data, "--json", "--no-cache");
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ images: 4 });

  const plan = { size: [16, 16], resize: "area", channel: null, normalize: "none" } as const;
  const image = join(data, imageName(0, 4));
  const threads = ImageThreads.start(1, plan, pathToFileURL(join(carried, "image-worker.js")));
  expect(await threads?.read(image)).toEqual(await readImage(image, plan));
  await threads?.close();
});

test.each(["tfjs", "jax-js"])("the peer %s is inside", async (serve) => {
  const env = { ...process.env, ...elsewhere };
  const order = JSON.stringify({ serve, software: true });
  const peer = fork(join(carried, "peers.js"), [order], { env, stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const [reply] = (await once(peer, "message")) as [unknown];
  expect(reply).toMatchObject({ is: "opened", opened: { system: serve, adapter: { type: "software" } } });
  peer.disconnect();
});

test("without the native package, the message says where to put it", async () => {
  const { status, stdout, stderr } = await runCli(["doctor"], elsewhere, undefined, join(bare, "cellgrad.js"));
  expect([status, stdout]).toEqual([1, ""]);
  expect(ownLines(stderr)).toEqual([
    expect.stringMatching(
      /^cellgrad: webgpu: expected the package, which holds Dawn, got "Cannot find package 'webgpu'.*copy its folder to/,
    ),
  ]);
});
