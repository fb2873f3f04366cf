#!/usr/bin/env node
// In a checkout src/ lies beside this folder: bundle it when a source changed, so that an edited shader needs no build
// step. The published package has no src/ and runs its dist/.
import { existsSync } from "node:fs";

if (process.argv.includes("--debug")) process.setSourceMapsEnabled(true);
if (existsSync(new URL("../src/cli/main.ts", import.meta.url))) {
  const { bundle, isStale } = await import("../scripts/build.mjs");
  if (await isStale()) await bundle();
}
await import("../dist/cli.js");
