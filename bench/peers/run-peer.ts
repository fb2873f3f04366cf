import { Cellgrad } from "./cellgrad.ts";
import { observeWebGpu } from "./counters.ts";
import type { Observer } from "./counters.ts";
import { JaxPeer } from "./jax.ts";
import { isRequest } from "./messages.ts";
import type { Done, Reply, Request } from "./messages.ts";
import type { Peer } from "./peer.ts";
import { createProblem } from "./problem.ts";
import { TfjsPeer } from "./tfjs.ts";

const makers = new Map<string, () => Peer>([
  ["cellgrad", () => new Cellgrad()],
  ["tfjs", () => new TfjsPeer()],
  ["jax", () => new JaxPeer()],
]);

export const peerNames: readonly string[] = [...makers.keys()];

/**
 * Serves one peer over Node's IPC channel until the parent says close. Each peer has a process of its own, so that
 * globals, devices, memory and call counts stay apart.
 *
 * @throws Error for a name that is not in `peerNames`.
 */
export async function runPeer(name: string): Promise<void> {
  const make = makers.get(name);
  if (make === undefined) throw new Error(`peers: expected ${peerNames.join(" or ")}, got "${name}"`);
  const observer = observeWebGpu();
  const peer = make();
  process.on("message", (request) => {
    if (isRequest(request)) void serve(peer, observer, request);
  });
  process.on("disconnect", () => process.exit(1)); // the parent is gone
  await answer(async () => {
    await peer.open();
    return { is: "opened", opened: { system: peer.name, version: peer.version, adapter: observer.adapter() } };
  });
}

async function serve(peer: Peer, observer: Observer, request: Request): Promise<void> {
  await answer(async () => {
    const work = workOf(peer, request);
    observer.takeCalls();
    const start = performance.now();
    const loss = await work();
    const milliseconds = performance.now() - start;
    observer.check();
    const done: Done = { milliseconds, ...observer.takeCalls(), ...(typeof loss === "number" ? { loss } : {}) };
    return { is: "done", done };
  });
  if (request.do === "close") process.exit(0);
}

/** What is timed of a request; a problem's numbers are drawn before. */
function workOf(peer: Peer, request: Request): () => Promise<number | void> {
  switch (request.do) {
    case "prepare": {
      const problem = createProblem(request.spec);
      return () => peer.prepare(problem);
    }
    case "step":
      return () => peer.step(request.index);
    case "loss":
      return () => peer.loss();
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
    reply = { is: "failed", reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  await new Promise((sent) => process.send?.(reply, sent));
}
