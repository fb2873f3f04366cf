/** The device that a command runs on. */
import { type AdapterRequest, type FoundAdapter, requestNodeAdapter } from "../gpu/adapter.node.ts";
import { Device } from "../gpu/device.ts";
import { note } from "./output.ts";

/**
 * Opens the device that --adapter and --software ask for, says on stderr which it is, since every time depends on it,
 * and closes it after `use`.
 */
export async function withDevice<Result>(
  request: AdapterRequest,
  use: (device: Device, found: FoundAdapter) => Promise<Result>,
): Promise<Result> {
  const found = await requestNodeAdapter(request);
  const { gpu, adapter, description } = found;
  const slow = description.type === "software" ? "; it runs on the CPU and is slow" : "";
  note(`adapter: ${description.name} (${description.type}, ${description.backend})${slow}`);
  const instance = new Set([gpu]); // Dawn crashes if its instance is collected before its device is destroyed
  const device = await Device.open(adapter, { description, release: () => instance.clear() });
  try {
    return await use(device, found);
  } finally {
    device.destroy();
  }
}
