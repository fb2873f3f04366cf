import type { PeerName } from "../../src/cli/bench-peers.ts";
import type { AdapterRequest } from "../../src/gpu/adapter.node.ts";
import { Cellgrad } from "./cellgrad.ts";
import { observeWebGpu } from "./counters.ts";
import type { Observer } from "./counters.ts";
import { JaxPeer } from "./jax.ts";
import { isRequest } from "./messages.ts";
import type { Done, Reply, Request } from "./messages.ts";
import type { Peer } from "./peer.ts";
import { onnxRuntimeCpu, onnxRuntimeWeb, onnxRuntimeWebGpu } from "./onnxruntime.ts";
import { createProblem } from "./problem.ts";
import { TfjsPeer } from "./tfjs.ts";

const makers: Record<PeerName, () => Peer> = {
  cellgrad: () => new Cellgrad(),
  tfjs: () => new TfjsPeer(),
  "jax-js": () => new JaxPeer(),
  "onnxruntime-node": onnxRuntimeCpu,
  "onnxruntime-node-webgpu": onnxRuntimeWebGpu,
  "onnxruntime-web": onnxRuntimeWeb,
};

/**
 * Serves one peer over Node's IPC channel until the parent says close. Each peer has a process of its own, so that
 * globals, devices, memory and call counts stay apart. Its device is on the adapter that is asked for.
 */
export async function runPeer(name: PeerName, request: AdapterRequest): Promise<void> {
  const observer = observeWebGpu();
  const peer = makers[name]();
  process.on("message", (request) => {
    if (isRequest(request)) void serve(peer, observer, request);
  });
  process.on("disconnect", () => process.exit(1)); // the parent is gone
  await answer(async () => {
    const adapter = await peer.open(request);
    return { is: "opened", opened: { system: name, version: peer.version, adapter } };
  });
}

async function serve(peer: Peer, observer: Observer, request: Request): Promise<void> {
  await answer(async () => {
    const work = workOf(peer, request);
    observer.takeCalls();
    const start = performance.now();
    const values = await work();
    const milliseconds = performance.now() - start;
    observer.check();
    const done: Done = { milliseconds, ...observer.takeCalls(), ...(values ? { values: Array.from(values) } : {}) };
    return { is: "done", done };
  });
  if (request.do === "close") process.exit(0);
}

/** What is timed of a request; a problem's numbers are drawn before. */
function workOf(peer: Peer, request: Request): () => Promise<ArrayLike<number> | void> {
  switch (request.do) {
    case "prepare": {
      const problem = createProblem(request.spec);
      return () => peer.prepare(problem);
    }
    case "step":
      return () => peer.step(request.index);
    case "values":
      return () => peer.values();
    case "close":
      return () => peer.close();
  }
}

/** Sends what `work` makes, or why it failed. */
async function answer(work: () => Promise<Reply>): Promise<void> {
  let reply: Reply;
  try {
    reply = await work();
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    reply = { is: "failed", reason: message, stack: stack ?? message };
  }
  await new Promise((sent) => process.send?.(reply, sent));
}
