/** Threads and the cache: another way to the same pixels. */
import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readingPlan } from "../../src/data/dataset.node.ts";
import { ImageCache } from "../../src/data/image-cache.node.ts";
import { ImageThreads } from "../../src/data/image-threads.node.ts";
import { readImages, type ReadingOptions } from "../../src/data/load-images.node.ts";
import { DataError } from "../../src/errors.ts";
import { writeTiff } from "./tiff-writer.ts";

let folder: string;
let paths: string[];
const count = 70; // the least that is cached is 64

/** A TIFF whose pixels depend on `value`, and whose length does not. */
const image = (value: number) =>
  writeTiff({ height: 4, width: 6, samples: Array.from({ length: 24 }, (_, i) => (value * 7 + i * 10) % 256) });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cellgrad-load-"));
  paths = Array.from({ length: count }, (_, i) => join(folder, `img${i}.tif`));
  await Promise.all(paths.map((path, i) => writeFile(path, image(i))));
});
afterEach(() => rm(folder, { recursive: true }));

const plan = readingPlan({ size: [2, 3] });
const plainly = () => readImages(paths, plan, { threads: 0 });

describe("threads", () => {
  test("read the same pixels and facts, and report each image once", async () => {
    const progress: number[] = [];
    const images = await readImages(paths, plan, { threads: 2, onProgress: (done) => progress.push(done) });
    expect(images).toEqual(await plainly());
    expect(progress).toEqual(paths.map((_, i) => i + 1));
  });

  test("keep to the plan", async () => {
    const other = readingPlan({ size: [4, 6], normalize: "percentile:0,100" });
    const images = await readImages(paths, other, { threads: 2 });
    expect(images).toEqual(await readImages(paths, other, { threads: 0 }));
    expect(images.pixels.subarray(0, 24).includes(255)).toBe(true);
  });

  test.each([0, 2])("the first unreadable file is the error, in its own words (%d threads)", async (threads) => {
    await writeFile(paths[30], "text");
    await rm(paths[40]);
    await expect(readImages(paths, plan, { threads })).rejects.toThrow(
      new DataError(
        `${paths[30]}: expected a PNG, JPEG or TIFF image, got 4 bytes that start with 74 65 78 74; convert it to PNG or remove it`,
      ),
    );
  });

  test.each([0, 2])("with onFailure the others are read (%d threads)", async (threads) => {
    const whole = await plainly();
    await writeFile(paths[30], "text");
    const failures: [number, string][] = [];
    const onFailure = (index: number, { message }: DataError) => void failures.push([index, message]);
    const { pixels, facts } = await readImages(paths, plan, { threads, onFailure });
    expect(failures).toEqual([[30, expect.stringContaining("img30.tif: expected a PNG")]]);
    expect(facts[30]).toBeUndefined();
    expect(pixels).toEqual(whole.pixels.fill(0, 30 * 6, 31 * 6));
  });

  test("one that ends by itself fails what it was asked, then and later", async () => {
    const file = join(folder, "worker.mjs");
    await writeFile(
      file,
      'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { throw new Error("no memory"); });',
    );
    const threads = ImageThreads.start(1, plan, pathToFileURL(file));
    if (threads === undefined) throw new Error("no threads");
    const message = "image threads: expected a thread that reads images, got one that ended: no memory";
    const asked = [threads.read(paths[0]), threads.read(paths[1])];
    const answers = await Promise.allSettled(asked);
    expect(answers.map((answer) => answer.status === "rejected" && String(answer.reason))).toEqual([
      `Error: ${message}`,
      `Error: ${message}`,
    ]);
    await expect(threads.read(paths[2])).rejects.toThrow(message);
    await threads.close();
  });
});

describe("cache", () => {
  const cacheFolder = () => join(folder, "cache");
  const doing: string[] = [];
  const notes: string[] = [];
  const reading = (options: ReadingOptions = {}): ReadingOptions => ({
    threads: 0,
    cacheFolder: cacheFolder(),
    onProgress: (_, __, what) => doing.includes(what) || doing.push(what),
    onNote: (line) => notes.push(line),
    ...options,
  });
  const read = async (options: ReadingOptions = {}, own = plan) => {
    doing.length = notes.length = 0;
    return readImages(paths, own, reading(options));
  };
  const files = () => readdir(cacheFolder());

  test("the first reading is kept in one file, and the second only checks", async () => {
    const first = await read();
    expect([doing, await files()]).toEqual([
      ["reading"],
      [expect.stringMatching(/^[0-9a-f]{16}-[0-9a-f]{32}\.images$/)],
    ]);
    const second = await read();
    expect([doing, notes]).toEqual([["checking"], []]);
    expect(second).toEqual(first);
    expect(first).toEqual(await plainly());
  });

  test("threads find it too", async () => {
    const first = await read({ threads: 2 });
    expect(await read({ threads: 2 })).toEqual(first);
    expect(doing).toEqual(["checking"]);
  });

  test("names do not matter, contents and their order do", async () => {
    await read();
    const moved = join(folder, "moved.tif");
    await writeFile(moved, await readFile(paths[0]));
    paths[0] = moved;
    await read();
    expect(doing).toEqual(["checking"]);
    paths.reverse();
    expect(await read()).toEqual(await plainly());
    expect(doing).toEqual(["checking", "reading"]);
  });

  test("a file that changed, but for its size and its times, is read again", async () => {
    const first = await read();
    const times = new Date(2020, 1, 1);
    await utimes(paths[7], times, times);
    await writeFile(paths[7], image(200));
    await utimes(paths[7], times, times);
    const second = await read();
    expect(doing).toEqual(["checking", "reading"]);
    expect(second.pixels).not.toEqual(first.pixels);
    expect(second).toEqual(await plainly());
  });

  test.each([
    ["size", { size: [4, 6] }],
    ["resize", { resize: "cv2-linear" }],
    ["normalize", { normalize: "percentile:0,100" }],
    ["channel", { channel: 1 }],
  ] as const)("another %s is another file", async (_, change) => {
    await read();
    const other = readingPlan({ size: plan.size, ...change });
    expect(await read({}, other)).toEqual(await readImages(paths, other, { threads: 0 }));
    expect(doing).toEqual(["reading"]);
    expect(await files()).toHaveLength(2);
  });

  test.each<[string, (path: string) => Promise<void>]>([
    ["cut", (path) => truncate(path, 100)],
    ["emptied", (path) => writeFile(path, "")],
    [
      "with a flipped bit",
      async (path) =>
        writeFile(
          path,
          (await readFile(path)).map((b, i) => (i === 3000 ? b ^ 1 : b)),
        ),
    ],
  ])("a file of the cache that was %s is ignored and made again", async (_, damage) => {
    const first = await read();
    const [name] = await files();
    await damage(join(cacheFolder(), name));
    expect(await read()).toEqual(first);
    expect([doing, notes]).toEqual([
      ["checking", "reading"],
      ["cache of images ignored and made again: it is damaged"],
    ]);
    expect(await read()).toEqual(first);
    expect([doing, notes]).toEqual([["checking"], []]);
  });

  test("a folder that cannot be written is said, and the images are there", async () => {
    await writeFile(join(folder, "taken"), "a file");
    const images = await read({ cacheFolder: join(folder, "taken") });
    expect(images).toEqual(await plainly());
    expect(notes).toEqual([expect.stringMatching(/^the images that were read could not be kept for the next time: /)]);
  });

  test("a file that cannot be read has its own message, and nothing is kept", async () => {
    await read();
    await writeFile(paths[3], "text");
    await expect(read()).rejects.toThrow(/img3\.tif: expected a PNG, JPEG or TIFF image, got 4 bytes/);
    await rm(paths[3]);
    await expect(read()).rejects.toThrow(/img3\.tif: expected a PNG, JPEG or TIFF image, got nothing of that name/);
    await read({ onFailure: () => undefined });
    expect(await files()).toHaveLength(1);
  });

  test("few images are not kept", async () => {
    paths.length = 63;
    await read();
    await expect(files()).rejects.toThrow("ENOENT");
  });

  test("those unused for longest go when there is too much", async () => {
    const kept = await readImages(paths, plan, reading());
    const digests = (name: string) => paths.map((_, i) => `${name}${i}`);
    const [first] = await files();
    const { size } = await stat(join(cacheFolder(), first));
    const cache = new ImageCache(cacheFolder(), plan, count, 2.5 * size);
    await writeFile(join(cacheFolder(), "notes.txt"), "the user's own, and old");
    await utimes(join(cacheFolder(), "notes.txt"), 0, 0);
    await utimes(join(cacheFolder(), first), 1, 1);
    await cache.write(digests("b"), kept);
    await cache.write(digests("c"), kept);
    expect(await files()).not.toContain(first);
    expect(await files()).toContain("notes.txt");
    expect([await cache.read(digests("b")), await cache.read(digests("c"))]).toEqual([kept, kept]);
  });

  test("its version names the decoders that are installed", async () => {
    const source = await readFile(new URL("../../src/data/image-cache.node.ts", import.meta.url), "utf8");
    const modules = new URL("../../node_modules/", import.meta.url);
    for (const name of ["pngjs", "geotiff", "jpeg-js"]) {
      const { version } = JSON.parse(await readFile(new URL(`${name}/package.json`, modules), "utf8")) as {
        version: string;
      };
      expect(source).toContain(`${name} ${version}`);
    }
  });
});
