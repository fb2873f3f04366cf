import type { Device } from "../gpu/device.ts";

/** Steps that may wait on the GPU: enough to keep it busy, few enough that a stop takes effect soon. */
const mostInFlight = 3;

/** Keeps the queue of the GPU short, without waiting for each step. */
export class Pacer {
  readonly #device: Device;
  readonly #inFlight: Promise<undefined>[] = [];

  constructor(device: Device) {
    this.#device = device;
  }

  /** To be awaited after each submit: waits for the oldest while too many are under way. */
  async submitted(): Promise<void> {
    this.#inFlight.push(this.#device.gpu.queue.onSubmittedWorkDone());
    const oldest = this.#inFlight.length >= mostInFlight ? this.#inFlight.shift() : undefined;
    if (oldest) await this.#device.wait(oldest);
    this.#device.check();
  }
}
