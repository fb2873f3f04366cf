import { type PeerName, peerNames } from "../../src/cli/bench-peers.ts";
import { bundledVersions } from "../../src/cli/version.ts";
import { CellgradError } from "../../src/errors.ts";

interface PeerPackage {
  readonly name: string;
  /** The command that installs it. */
  readonly cure: string;
}

const development = (name: string): PeerPackage => ({ name, cure: "npm ci" });

/**
 * ONNX Runtime is large, and onnxruntime-node downloads more when it is installed beside CUDA unless its script is left
 * out; so it is no development dependency. One command for both packages: npm removes what an earlier one did not save.
 */
const onnxRuntime = (name: string): PeerPackage => ({
  name,
  cure: "npm install --no-save --ignore-scripts onnxruntime-node@1.30 onnxruntime-web@1.30",
});

const packages: Record<Exclude<PeerName, "cellgrad">, PeerPackage> = {
  tfjs: development("@tensorflow/tfjs-core"),
  "jax-js": development("@jax-js/jax"),
  "onnxruntime-web": onnxRuntime("onnxruntime-web"),
  "onnxruntime-node": onnxRuntime("onnxruntime-node"),
  "onnxruntime-node-webgpu": onnxRuntime("onnxruntime-node"),
};

export interface ChosenPeers {
  readonly names: readonly PeerName[];
  /** One line each on packages that are not there, and whose peers were not named. */
  readonly absent: readonly string[];
}

/**
 * The peers that were named, or all that are installed.
 *
 * @param isInstalled whether this checkout has a package.
 * @throws CellgradError if one was named that is not installed; the message says how to install it.
 */
export function choosePeers(
  named: readonly PeerName[] | undefined,
  inference: boolean,
  isInstalled: (packageName: string) => boolean,
): ChosenPeers {
  const names: PeerName[] = [];
  const absent = new Set<string>();
  for (const peer of named ?? (inference ? peerNames.inference : peerNames.training)) {
    const missing = peer === "cellgrad" || isInstalled(packages[peer].name) ? undefined : packages[peer];
    if (missing === undefined) names.push(peer);
    else absent.add(`peers: expected the package ${missing.name}, got none. To compare with it: ${missing.cure}`);
  }
  const [first] = absent;
  if (named !== undefined && first !== undefined) throw new CellgradError(first);
  return { names, absent: [...absent] };
}

/** Whether a package is inside this bundle, or Node finds it from here. */
export function isInstalled(packageName: string): boolean {
  if (packageName in bundledVersions) return true;
  try {
    import.meta.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}
