import { cpus } from "node:os";
import { CellgradError } from "../../src/errors.ts";
import { type AdapterRequest, requestNodeAdapter } from "../../src/gpu/adapter.node.ts";
import type { AdapterDescription } from "../../src/gpu/device.ts";
import { extractSwiftShader } from "../../src/gpu/swiftshader.node.ts";
import { copySharedWrites, installedVersion, installWebGpu } from "./globals.ts";
import { onnxNames, rnetOnnx } from "./onnx.ts";
import { made, type Peer, type Problem } from "./peer.ts";
import { asleep } from "./wait.ts";

/** What is used of ONNX Runtime, whose packages a checkout need not have. */
interface OnnxRuntime {
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => object;
  readonly InferenceSession: {
    create(model: Uint8Array, options: { executionProviders: readonly string[] }): Promise<Session>;
  };
}

interface Session {
  run(feeds: Record<string, object>): Promise<Record<string, { readonly data: Float32Array }>>;
  release(): Promise<void>;
}

interface Build {
  readonly packageName: string;
  /** What to import. */
  readonly entry: string;
  readonly executionProvider: "cpu" | "webgpu";
  /** Called before the import. */
  readonly open: (request: AdapterRequest) => Promise<AdapterDescription>;
}

/** ONNX Runtime: inference alone, from an ONNX file that holds the problem's weights. */
class OnnxRuntimePeer implements Peer {
  readonly version: string;
  readonly #build: Build;
  #library: OnnxRuntime | undefined;
  #problem: Problem | undefined;
  #session: Session | undefined;
  #predictions: Float32Array | undefined;

  constructor(build: Build) {
    this.#build = build;
    this.version = installedVersion(build.packageName);
  }

  async open(request: AdapterRequest): Promise<AdapterDescription> {
    const adapter = await this.#build.open(request);
    this.#library = (await import(this.#build.entry)) as OnnxRuntime;
    return adapter;
  }

  async prepare(problem: Problem): Promise<void> {
    const { InferenceSession } = made(this.#library, "open");
    this.#problem = problem;
    const executionProviders = [this.#build.executionProvider];
    this.#session = await asleep(InferenceSession.create(rnetOnnx(problem), { executionProviders }));
  }

  async step(index: number): Promise<void> {
    const { Tensor } = made(this.#library, "open");
    const { batches, batch, size } = made(this.#problem, "prepare");
    const images = new Tensor("float32", batches[index % batches.length].images, [batch, 1, size, size]);
    const results = await asleep(made(this.#session, "prepare").run({ [onnxNames.images]: images }));
    this.#predictions = results[onnxNames.predictions].data;
  }

  values(): Promise<ArrayLike<number>> {
    return Promise.resolve(made(this.#predictions, "step"));
  }

  async close(): Promise<void> {
    await this.#session?.release();
  }
}

/** Native code on the CPU. */
export const onnxRuntimeCpu = (): Peer =>
  new OnnxRuntimePeer({
    packageName: "onnxruntime-node",
    entry: "onnxruntime-node",
    executionProvider: "cpu",
    open: () => Promise.resolve(processor()),
  });

/** Native code on a Dawn of its own, so its WebGPU calls are not seen. */
export const onnxRuntimeWebGpu = (): Peer =>
  new OnnxRuntimePeer({
    packageName: "onnxruntime-node",
    entry: "onnxruntime-node",
    executionProvider: "webgpu",
    open: openOwnDawn,
  });

/** The build for pages: WebAssembly, on the same Dawn as cellgrad. */
export const onnxRuntimeWeb = (): Peer =>
  new OnnxRuntimePeer({
    packageName: "onnxruntime-web",
    entry: "onnxruntime-web/webgpu",
    executionProvider: "webgpu",
    open: async (request) => {
      copySharedWrites();
      return await installWebGpu(request);
    },
  });

function processor(): AdapterDescription {
  const name = cpus()[0]?.model.trim() || "CPU";
  return { name, vendor: "", type: "software", backend: "cpu", driver: "" };
}

/**
 * ONNX Runtime's own Dawn takes no adapter by name: it takes the system's fastest, or the one of the Vulkan driver that
 * the environment names.
 */
async function openOwnDawn(request: AdapterRequest): Promise<AdapterDescription> {
  const { description } = await requestNodeAdapter(request);
  if (description.name.startsWith("SwiftShader")) {
    process.env["VK_DRIVER_FILES"] = process.env["VK_ICD_FILENAMES"] = extractSwiftShader().manifest;
    return description;
  }
  const fastest = (await requestNodeAdapter()).description;
  if (fastest.name === description.name) return description;
  throw new CellgradError(
    `expected the adapter that ONNX Runtime takes by itself, ${fastest.name}, got ${description.name}. ` +
      "Leave this peer out with --peers.",
  );
}
