/** Runs a TypeScript file of this repository: `node scripts/run.mjs FILE [ARGUMENT…]`. */
import { rmSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { forNode } from "./for-node.mjs";

const [, , file, ...rest] = process.argv;
if (!file) {
  console.error("run: expected a TypeScript file, got none");
  process.exit(2);
}
// Inside the repository, so that the bundle finds its packages; one a process, so that two may run at once.
const outfile = fileURLToPath(new URL(`../.cache/run/${basename(file, ".ts")}.${process.pid}.js`, import.meta.url));
await build({ ...forNode, sourcemap: "inline", entryPoints: [resolve(file)], outfile });
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], outfile, ...rest];
process.on("exit", () => rmSync(outfile, { force: true })); // the file may start other processes from its bundle
await import(pathToFileURL(outfile).href);
