/**
 * `cellgrad bench peers`: the same R-Net in cellgrad and in other libraries, side by side. The others are development
 * dependencies and load in a checkout or in the standalone folder, from bench/peers, in processes of their own.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Argv } from "yargs";
import { CellgradError, UsageError } from "../errors.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import { rNet } from "../nn/models/rnet.ts";
import type { Padding } from "../shape.ts";
import { adapterOptions, choice, integer, jsonOption, number, positiveInteger, seedOption, text } from "./options.ts";

/** The systems that can be compared; the first is what the others are compared with. */
export const peerNames = {
  training: ["cellgrad", "tfjs", "jax-js"],
  inference: ["cellgrad", "tfjs", "jax-js", "onnxruntime-web", "onnxruntime-node", "onnxruntime-node-webgpu"],
} as const;

export type PeerName = (typeof peerNames)["inference"][number];

/** Values to predict for an image, as in the thesis. */
export const outputs = 3;

/** What bench/peers is asked for, checked. */
export interface PeersRequest extends AdapterRequest {
  /** In the order of `peerNames`; undefined where the user named none. */
  readonly peers: readonly PeerName[] | undefined;
  /** Forward passes in evaluation mode instead of training steps. */
  readonly inference: boolean;
  readonly padding: Padding;
  readonly batch: number;
  /** Height and width of an image, in pixels. */
  readonly size: number;
  /** Rounds that are timed. */
  readonly steps: number;
  readonly seed: number;
  readonly learningRate: number;
  /** As it was typed. */
  readonly command: string;
  readonly json: boolean;
  /** A file for the JSON document. */
  readonly out?: string | undefined;
  /** Show the stack of an error. */
  readonly debug?: boolean | undefined;
}

export interface Options extends Omit<PeersRequest, "peers" | "command" | "learningRate"> {
  readonly peers?: string | undefined;
  readonly learningRate?: number | undefined;
}

/**
 * A thousandth of the usual learning rate. A step costs the same, and ten of them stay comparable: RMSprop's first steps
 * move each weight by three learning rates, and with 0.001 they magnify rounding until the losses of two correct
 * libraries differ by a tenth and more.
 */
const defaultLearningRate = 1e-6;

export const builder = (yargs: Argv) =>
  yargs.options({
    peers: text("peers", { describe: `systems beside cellgrad, such as ${peerNames.training.slice(1).join()}` }),
    inference: { type: "boolean", default: false, describe: "compare forward passes instead of training steps" },
    batch: positiveInteger("batch", { default: 32, describe: "images in a batch" }),
    size: positiveInteger("size", { default: 128, describe: "height and width of an image, in pixels" }),
    padding: choice("padding", ["same", "valid"], { default: "same", describe: "padding of the convolutions" }),
    steps: integer("steps", { default: 15, describe: "steps of each system that are timed, one of each in turn" }, 1),
    "learning-rate": number(
      "learning-rate",
      {
        describe: `RMSprop's, ${defaultLearningRate} where none is given; with larger ones correct libraries drift apart`,
      },
      0,
    ),
    ...seedOption,
    ...adapterOptions,
    out: text("out", { describe: "write the JSON document to this file too" }),
    ...jsonOption,
  });

/**
 * Compares in another process, whose output and exit status become this command's.
 *
 * @throws UsageError for options that cannot be used, ShapeError if the images are too small, CellgradError in the
 *   installed package.
 */
export async function handler(options: Options): Promise<void> {
  const request = readRequest(options);
  rNet({ inputShape: [1, request.size, request.size], outputs, padding: request.padding });
  const { script, args } = findPeers(new URL(".", import.meta.url));
  // Its results are this command's: it writes them itself. It ends when the channel to this process closes.
  const child = fork(script, [...args, JSON.stringify(request)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const [status] = (await once(child, "exit")) as [number | null];
  process.exitCode = status ?? 1;
}

function readRequest(options: Options): PeersRequest {
  const { peers, inference, size, padding, batch, steps, seed, json, debug, adapter, software, out } = options;
  if (inference && options.learningRate !== undefined) {
    throw new UsageError("--learning-rate: expected a training step, got --inference. Leave one of the two out.");
  }
  if (out !== undefined && !existsSync(dirname(out))) {
    throw new UsageError(`--out: expected a file in a folder that exists, got ${out}. Make the folder first.`);
  }
  return {
    ...{ inference, size, padding, batch, steps, seed, json, debug, adapter, software, out },
    peers: peers === undefined ? undefined : readPeers(peers, inference),
    learningRate: options.learningRate ?? defaultLearningRate,
    command: ["cellgrad", ...process.argv.slice(2)].join(" "),
  };
}

/**
 * Peers from a list such as "tfjs,jax-js", each once. cellgrad is always one of them.
 *
 * @throws UsageError for a name that is no peer.
 */
export function readPeers(list: string, inference: boolean): PeerName[] {
  const known: readonly PeerName[] = inference ? peerNames.inference : peerNames.training;
  const asked = list.split(",").map((name) => name.trim());
  for (const name of asked) {
    if (known.some((own) => own === name)) continue;
    const elsewhere = !inference && peerNames.inference.some((own) => own === name);
    const cure = elsewhere ? `. ${name} does not train: add --inference.` : "";
    throw new UsageError(`--peers: expected ${known.join(", ")}, separated by commas, got "${name}"${cure}`);
  }
  return known.filter((name) => name === known[0] || asked.includes(name));
}

/**
 * What Node runs to compare, with its first arguments: a file of the standalone folder, or in a checkout the runner of
 * TypeScript files with the file to run.
 *
 * @param bundle the folder of the file that runs.
 * @throws CellgradError if it is in neither.
 */
export function findPeers(bundle: URL): { script: string; args: readonly string[] } {
  const [standalone, runner, entry] = ["peers.js", "../scripts/run.mjs", "../bench/peers/main.ts"].map((place) =>
    fileURLToPath(new URL(place, bundle)),
  ) as [string, string, string];
  if (existsSync(standalone)) return { script: standalone, args: [] };
  if (existsSync(runner) && existsSync(entry)) return { script: runner, args: [entry] };
  throw new CellgradError(
    "bench peers: expected a checkout of cellgrad, got the installed package, which has no peers. " +
      "Clone the repository, run npm ci there, and then npx cellgrad bench peers.",
  );
}
