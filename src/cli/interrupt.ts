/**
 * Runs `work` with a signal that Ctrl-C aborts, so that it can end in order. A second Ctrl-C ends the process, and so
 * does one before or after `work`.
 */
export async function untilInterrupted<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once("SIGINT", onInterrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}
