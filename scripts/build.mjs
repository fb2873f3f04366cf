/**
 * Bundles the command line and the library into dist/: ESM with source maps, shaders as text inside, packages left to
 * Node. `--types` starts from an empty dist/ and adds the declarations that the published package carries. `--standalone
 * [FOLDER]` writes dist/standalone/ or the folder instead, with the packages inside (standalone.mjs).
 */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { forNode, root } from "./for-node.mjs";

const dist = join(root, "dist");
const inputs = [
  "src",
  "shaders",
  "bench",
  "test/reference",
  "package.json",
  "scripts/build.mjs",
  "scripts/for-node.mjs",
].map((path) => join(root, path));
const oneDay = 24 * 60 * 60 * 1000;

/** True if a source, or a folder that gained or lost one, changed after the bundle was begun. */
export async function isStale() {
  const built = await stat(join(dist, "cli.js")).catch(() => undefined);
  return !built || (await newest(inputs)) >= built.mtimeMs;
}

async function newest(paths) {
  const times = await Promise.all(
    paths.map(async (path) => {
      const entry = await stat(path).catch(() => undefined); // an editor's temporary file may be gone already
      if (!entry) return 0;
      if (!entry.isDirectory()) return entry.mtimeMs;
      return Math.max(entry.mtimeMs, await newest((await readdir(path)).map((name) => join(path, name))));
    }),
  );
  return Math.max(0, ...times);
}

/** Two processes may bundle at once: every file appears whole, and the entries only after the chunks they name. */
export async function bundle() {
  const { build } = await import("esbuild");
  const begun = new Date();
  const { outputFiles } = await build({
    ...forNode,
    entryPoints: {
      cli: "src/cli/main.ts",
      index: "src/index.ts",
      node: "src/index.node.ts",
      "image-worker": "src/data/image-worker.node.ts",
    },
    outdir: dist,
    splitting: true,
    write: false,
  });
  await mkdir(dist, { recursive: true });
  const isEntry = ({ path }) => /^(cli|index|node|image-worker)\.js$/.test(basename(path));
  const chunksFirst = [...outputFiles].sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)));
  for (const { path, contents } of chunksFirst) await replace(path, contents, begun);
  await removeStale(new Set(outputFiles.map(({ path }) => basename(path))));
}

async function replace(path, contents, time) {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  await writeFile(temporary, contents);
  await utimes(temporary, time, time);
  await rename(temporary, path);
}

/** Chunks are named by their content. Those of an earlier bundle may still be wanted by a process that runs. */
async function removeStale(current) {
  for (const entry of await readdir(dist, { withFileTypes: true })) {
    if (!entry.isFile() || current.has(entry.name)) continue;
    const path = join(dist, entry.name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > oneDay) await rm(path, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === "--standalone") {
    const { reportStandalone } = await import("./standalone.mjs");
    await reportStandalone(process.argv[3]);
    process.exit();
  }
  const withTypes = process.argv.includes("--types");
  if (withTypes) await rm(dist, { recursive: true, force: true });
  await bundle();
  if (withTypes) {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", join(root, "scripts/tsconfig.types.json")], { stdio: "inherit" });
  }
}
