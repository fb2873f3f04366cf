/** The device that a command runs on. */
import type { AdapterRequest, FoundAdapter } from "../gpu/adapter.node.ts";
import type { Device } from "../gpu/device.ts";
import { openDevice } from "../gpu/device.node.ts";
import { note } from "./output.ts";

/**
 * Opens the device that --adapter and --software ask for, says on stderr which it is, since every time depends on it,
 * and closes it after `use`.
 */
export async function withDevice<Result>(
  request: AdapterRequest,
  use: (device: Device, found: FoundAdapter) => Promise<Result>,
): Promise<Result> {
  const { device, found, ignored } = await openDevice(request);
  const { name, type, backend } = device.description;
  const slow = type === "software" ? "; it runs on the CPU and is slow" : "";
  note(`adapter: ${name} (${type}, ${backend})${slow}`);
  if (ignored !== undefined) note(ignored);
  try {
    return await use(device, found);
  } finally {
    // Destroyed with work under way, as an error leaves it, SwiftShader crashes or hangs when the process ends.
    await device.wait(device.gpu.queue.onSubmittedWorkDone()).catch(() => undefined);
    device.destroy();
  }
}
