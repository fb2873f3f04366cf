import { parseArgs } from "node:util";
import { comparePeers } from "./compare.ts";
import type { ProblemSpec } from "./problem.ts";
import { startPeer } from "./process.ts";
import type { PeerProcess } from "./process.ts";
import { peerNames, runPeer } from "./run-peer.ts";

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: peerNames.join(",") },
    batch: { type: "string", default: "32" },
    size: { type: "string", default: "128" },
    padding: { type: "string", default: "same" },
    outputs: { type: "string", default: "3" },
    steps: { type: "string", default: "15" },
    seed: { type: "string", default: "1" },
    // A thousandth of the usual one. A step costs the same, and ten of them stay comparable: RMSprop's first steps move
    // each weight by three learning rates, and with 0.001 they magnify rounding until the losses of two correct
    // libraries differ by a tenth and more.
    "learning-rate": { type: "string", default: "0.000001" },
    /** Set by the parent: be this peer's process. */
    serve: { type: "string" },
  },
});

if (values.serve === undefined) await compare();
else await runPeer(values.serve);

async function compare(): Promise<void> {
  const spec = readSpec();
  const processes: PeerProcess[] = [];
  for (const name of values.peers.split(",")) processes.push(await startPeer(process.argv[1], ["--serve", name]));
  const rows = await comparePeers(processes, spec, wholeNumber("steps"));
  for (const peer of processes) await peer.ask({ do: "close" });
  console.log(JSON.stringify({ spec, rows }, undefined, 2));
}

function readSpec(): ProblemSpec {
  const { padding } = values;
  if (padding !== "same" && padding !== "valid") throw new Error(`--padding: expected same or valid, got ${padding}`);
  return {
    padding,
    size: wholeNumber("size"),
    batch: wholeNumber("batch"),
    outputs: wholeNumber("outputs"),
    learningRate: Number(values["learning-rate"]),
    batchCount: 2,
    seed: wholeNumber("seed"),
  };
}

function wholeNumber(option: "size" | "batch" | "outputs" | "steps" | "seed"): number {
  const value = Number(values[option]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${option}: expected 1, 2, …, got ${values[option]}`);
  return value;
}
