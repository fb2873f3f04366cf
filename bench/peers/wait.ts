/** Share of the time already waited that one sleep takes: no wait ends more than 2 % late. */
const share = 1 / 50;

/** Resolves when the device has done all that was submitted. */
export const submittedWorkDone = (queue: GPUQueue): Promise<void> => asleep(queue.onSubmittedWorkDone()).then(() => {});

/**
 * Waits for GPU work. Dawn's own promises poll in a busy loop, which takes a core from software adapters; sleeping between
 * polls gives it back.
 */
export async function asleep<Result>(work: Promise<Result>): Promise<Result> {
  let done = false;
  const finish = (): void => void (done = true);
  work.then(finish, finish);
  const start = performance.now();
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const polled = (): Promise<boolean> => new Promise((resolve) => setImmediate(() => resolve(done)));
  while (!(await polled())) Atomics.wait(cell, 0, 0, (performance.now() - start) * share);
  return work;
}
