/** Share of the time already waited that one sleep takes: no wait ends more than 2 % late. */
const share = 1 / 50;

/**
 * Resolves when the device has done all that was submitted. Dawn's own promise polls in a busy loop, which takes a core
 * from software adapters; sleeping between polls gives it back.
 */
export async function submittedWorkDone(queue: GPUQueue): Promise<void> {
  let done = false;
  const work = queue.onSubmittedWorkDone().then(() => {
    done = true;
  });
  const start = performance.now();
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const polled = (): Promise<boolean> => new Promise((resolve) => setImmediate(() => resolve(done)));
  while (!(await polled())) Atomics.wait(cell, 0, 0, (performance.now() - start) * share);
  await work;
}
