/**
 * The processes of `cellgrad bench peers`. With a request it compares; with the name of a peer it is that peer's
 * process, which the comparison starts.
 */
import { rename, writeFile } from "node:fs/promises";
import type { PeerName, PeersRequest } from "../../src/cli/bench-peers.ts";
import { outputs } from "../../src/cli/bench-peers.ts";
import { note, print } from "../../src/cli/output.ts";
import { ProgressLine } from "../../src/cli/progress.ts";
import { version } from "../../src/cli/version.ts";
import type { AdapterRequest } from "../../src/gpu/adapter.node.ts";
import { describeDifference } from "./agreement.ts";
import { comparePeers } from "./compare.ts";
import { installedVersion } from "./globals.ts";
import { choosePeers, isInstalled } from "./packages.ts";
import type { ProblemSpec } from "./problem.ts";
import { type PeerProcess, startPeer } from "./process.ts";
import type { PeersDocument } from "./row.ts";
import { runPeer } from "./run-peer.ts";
import { printComparison } from "./table.ts";

interface Served extends AdapterRequest {
  readonly serve: PeerName;
}

const order = JSON.parse(process.argv[2]) as PeersRequest | Served;
if ("serve" in order) await runPeer(order.serve, order);
else await answer(order);

/** Compares and prints; sets the exit status. */
async function answer(request: PeersRequest): Promise<void> {
  process.on("disconnect", () => process.exit(1)); // the command is gone
  try {
    const document = await compare(request);
    const text = JSON.stringify(document, undefined, 2);
    if (request.out !== undefined) await replace(request.out, `${text}\n`);
    if (request.json) print(text);
    else printComparison(document);
    for (const row of document.rows.filter(({ agrees }) => !agrees)) {
      note(`cellgrad: ${describeDifference(row.system, row, document.spec.task)}`);
    }
    process.exitCode = document.agrees ? 0 : 1;
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    note(`cellgrad: ${message}`);
    if (request.debug && stack) note(stack);
    process.exitCode = 1;
  }
  process.removeAllListeners("disconnect").disconnect();
}

async function compare(request: PeersRequest): Promise<PeersDocument> {
  const { names, absent } = choosePeers(request.peers, request.inference, isInstalled);
  absent.forEach(note);
  const spec = specOf(request);
  const date = new Date().toISOString();
  const peers: PeerProcess[] = [];
  try {
    for (const name of names) peers.push(await open(name, request));
    const rows = await ProgressLine.during((line) => {
      const onRound = (done: number, total: number): void => line.show(`round ${done} of ${total}`);
      return comparePeers(peers, spec, { steps: request.steps, onRound });
    });
    for (const peer of peers) await peer.ask({ do: "close" });
    const versions = { cellgrad: version, node: process.version, webgpu: installedVersion("webgpu") };
    const { adapter } = peers[0].opened;
    const agrees = rows.every((row) => row.agrees);
    return { kind: "peers", adapter, date, command: request.command, versions, spec, agrees, rows };
  } finally {
    for (const peer of peers) peer.end();
  }
}

async function open(name: PeerName, { adapter, software }: PeersRequest): Promise<PeerProcess> {
  const served: Served = { serve: name, adapter, software };
  const peer = await startPeer(name, process.argv[1], [JSON.stringify(served)]);
  note(`${name} ${peer.opened.version}: ${peer.opened.adapter.name}`);
  return peer;
}

function specOf({ inference, padding, size, batch, learningRate, seed }: PeersRequest): ProblemSpec {
  const task = inference ? "inference" : "training";
  return { task, padding, size, batch, outputs, learningRate, batchCount: 2, seed };
}

/** Writes a file whole or not at all. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}
