/**
 * A process of its own that compiles shaders, since Dawn dumps what it makes of them to the standard output of a process:
 * `node scripts/run.mjs test/support/dump-shaders.ts [TOGGLE…] < codes.json`, codes.json a list of LaunchCode.
 */
import { text } from "node:stream/consumers";
import { openDevice } from "../../src/gpu/device.node.ts";
import type { LaunchCode } from "../../src/gpu/compile.ts";

const codes = JSON.parse(await text(process.stdin)) as LaunchCode[];
const { device } = await openDevice({ toggles: ["dump_shaders", "disable_symbol_renaming", ...process.argv.slice(2)] });
// One after another, so that the dumps come in the order of the list.
for (const { label, code, entryPoint } of codes) await device.pipeline(label, code, entryPoint);
device.check();
device.destroy();
