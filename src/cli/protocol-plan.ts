/** What `bench all` runs: commands of this program in the order of their worth, so that the first minutes say the most. */
import { join } from "node:path";
import { presetOf } from "../nn/preset.ts";
import { peerNames } from "./bench-peers.ts";

/** One process. */
export interface Command {
  readonly part: PartName;
  /** Unlike any other's. */
  readonly name: string;
  readonly args: readonly string[];
  /** After so many seconds it is stopped. On a fast GPU it takes a fraction of them. */
  readonly limit: number;
  /** What compiled shaders a driver keeps on disk would make shorter, and so is run without. */
  readonly cold?: boolean;
  /** A file that it leaves among what is thrown away, and where it is to be kept. */
  readonly keeps?: { readonly from: string; readonly to: string };
}

export const partNames = ["doctor", "kernels", "step", "tune", "peers", "scaling", "memory", "training"] as const;
export type PartName = (typeof partNames)[number];

/** What can be chosen; what is undefined is left to each command. */
export interface ProtocolOptions {
  /** The folder of the results. */
  readonly out: string;
  /** A folder for what is needed on the way: images and a run. */
  readonly scratch: string;
  readonly preset: string;
  readonly batch: number | undefined;
  readonly size: number | undefined;
  readonly images: number;
  readonly epochs: number;
  /** Timed rounds of a benchmark, and steps of each library in `bench peers`; undefined for their own. */
  readonly repetitions: number | undefined;
  readonly adapter: string | undefined;
  readonly software: boolean;
  /** The ops that `bench kernels` knows. */
  readonly ops: readonly string[];
}

type Value = string | number | boolean | undefined;

/** As options of a command; those that are undefined or false are left out. */
const flags = (options: Readonly<Record<string, Value>>): string[] =>
  Object.entries(options)
    .filter(([, value]) => value !== undefined && value !== false)
    .flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));

/** The commands of these parts, in the protocol's order whatever that of the parts. */
export function protocol(options: ProtocolOptions, parts: readonly PartName[]): Command[] {
  const shared = flags({ adapter: options.adapter, software: options.software, json: true });
  return partNames
    .filter((part) => parts.includes(part))
    .flatMap((part) =>
      commandsOf[part](options).map((command) => ({ ...command, part, args: [...command.args, ...shared] })),
    );
}

type Commands = (options: ProtocolOptions) => Omit<Command, "part">[];

const commandsOf: Record<PartName, Commands> = {
  doctor: () => [{ name: "doctor", args: ["doctor"], limit: 60 }],
  kernels: kernelCommands,
  step: (options) => stepCommands(options, ""),
  tune: (options) => [
    { name: "tune", args: ["bench", "tune", ...flags(measured(options))], limit: 300 },
    ...stepCommands(options, "-tuned"),
  ],
  peers: peerCommands,
  scaling: ({ out, preset, repetitions }) => {
    const given = flags({ preset, repetitions, svg: join(out, "scaling.svg") });
    return [{ name: "scaling", args: ["bench", "scaling", ...given], limit: 240 }];
  },
  memory: ({ preset, batch, size }) => [
    { name: "memory", args: ["bench", "memory", ...flags({ preset, batch, size })], limit: 60 },
  ],
  training: trainingCommands,
};

const measured = ({ preset, batch, size, repetitions }: ProtocolOptions) => ({ preset, batch, size, repetitions });

/** The ops that take nearly all of a step come first. */
const mostWork = ["conv2d", "batchNorm", "maxPool2d", "denseNorm", "dense"];

/** A process an op: one whose kernel loses the device, or hangs, leaves the others theirs. */
function kernelCommands({ batch, size, repetitions, ops }: ProtocolOptions): Omit<Command, "part">[] {
  const others = ops.filter((op) => !mostWork.includes(op));
  return [...mostWork.filter((op) => ops.includes(op)), ...others].map((op) => ({
    name: `kernels ${op}`,
    args: ["bench", "kernels", ...flags({ op, batch, size, repetitions })],
    limit: op === "conv2d" ? 180 : 90,
  }));
}

/** @param suffix tells the results after tuning from those before. */
function stepCommands(options: ProtocolOptions, suffix: string): Omit<Command, "part">[] {
  const given = measured(options);
  const svg = join(options.out, `roofline${suffix}.svg`);
  return [
    { name: `step${suffix}`, args: ["bench", "step", ...flags(given)], limit: 90, cold: true },
    { name: `roofline${suffix}`, args: ["bench", "roofline", ...flags({ ...given, svg })], limit: 180 },
  ];
}

/** A comparison a library: one that cannot run here leaves the others theirs. */
function peerCommands({ batch, size, repetitions: steps }: ProtocolOptions): Omit<Command, "part">[] {
  const libraries = peerNames.training.slice(1);
  const given = flags({ batch, size, steps });
  return [false, true].flatMap((inference) =>
    libraries.map((peers) => ({
      name: `${inference ? "inference" : "peers"} ${peers}`,
      args: ["bench", "peers", ...flags({ inference, peers }), ...given],
      limit: 180,
    })),
  );
}

/** One seed for the images and for the training, so that machines can be compared. */
const seed = 1;

function trainingCommands(options: ProtocolOptions): Omit<Command, "part">[] {
  const { out, scratch, preset, batch, size, images: count, epochs } = options;
  const [data, run] = [join(scratch, "data"), join(scratch, "run")];
  return [
    {
      name: "data",
      args: ["data", "make", data, ...flags({ count, size: size ?? presetOf(preset).size, seed })],
      limit: 120,
    },
    {
      name: "train",
      args: ["train", data, ...flags({ preset, batch, size, epochs, seed, out: run }), "--no-cache"],
      limit: 420,
      cold: true,
      keeps: { from: join(run, "history.csv"), to: join(out, "history.csv") },
    },
    { name: "evaluate", args: ["evaluate", run, "--no-cache"], limit: 60 },
    { name: "report", args: ["report", run, "--no-cache", "--out", join(out, "training.html")], limit: 60 },
  ];
}
