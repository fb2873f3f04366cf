import { fork } from "node:child_process";
import { once } from "node:events";
import { CellgradError } from "../../src/errors.ts";
import { isReply } from "./messages.ts";
import type { Done, Opened, Reply, Request } from "./messages.ts";

/** A peer in a process of its own, seen from the parent. */
export interface PeerProcess {
  readonly opened: Opened;
  /** @throws CellgradError with the peer's own message if it failed or its process ended. */
  ask(request: Request): Promise<Done>;
  /** Ends the process, whatever it does. */
  end(): void;
}

/**
 * Starts a process that calls `runPeer`, and waits until its device is open. Its standard output goes to standard error,
 * where it cannot disturb results.
 *
 * @param entry path of a script that Node can run; `args` are its arguments.
 */
export async function startPeer(name: string, entry: string, args: readonly string[]): Promise<PeerProcess> {
  const child = fork(entry, args, { stdio: ["ignore", 2, 2, "ipc"] });
  const ended = once(child, "exit").then(([status, signal]: unknown[]): never => {
    throw new CellgradError(`${name}: expected a running process, got exit ${String(status ?? signal)}`);
  });
  ended.catch(() => undefined); // it is expected to end at last; whoever awaits a reply still sees it
  const reply = async (): Promise<Exclude<Reply, { is: "failed" }>> => {
    const [message] = await Promise.race([once(child, "message") as Promise<unknown[]>, ended]);
    if (!isReply(message)) throw new Error(`${name}: expected a reply, got ${JSON.stringify(message)}`);
    if (message.is === "failed") throw failure(name, message);
    return message;
  };
  const end = (): void => void (child.connected && child.disconnect()); // the peer exits then
  const first = await reply().catch((error: unknown) => {
    end();
    throw error;
  });
  if (first.is !== "opened") throw new Error(`${name}: expected "opened" first, got "${first.is}"`);
  return {
    opened: first.opened,
    end,
    ask: async (request) => {
      child.send(request);
      const answer = await reply();
      if (answer.is !== "done") throw new Error(`${name}: expected "done", got "${answer.is}"`);
      return answer.done;
    },
  };
}

/** The error of a peer's process: in its own words, with its own stack. What cellgrad says needs no other name. */
function failure(name: string, { reason, stack }: { reason: string; stack: string }): CellgradError {
  const error = new CellgradError(name === "cellgrad" ? reason : `${name}: ${reason}`);
  error.stack = stack;
  return error;
}
