/** The browser's part of a device: which adapter a page gets, and what is known of it. */
import { DeviceError } from "../errors.ts";
import { type AdapterDescription, Device } from "./device.ts";
import { readKeptTuning } from "./tuning-store.browser.ts";
import type { TuningKey } from "./tuning-record.ts";

/** The part of `navigator.gpu` that is needed. */
type Browser = Pick<GPU, "requestAdapter">;

export interface BrowserAdapter {
  readonly adapter: GPUAdapter;
  readonly description: AdapterDescription;
}

/**
 * The adapter that the browser offers. A device can be opened on it once.
 *
 * @param gpu `navigator.gpu`, which a browser without WebGPU, or a page that came over plain http, does not have.
 * @throws DeviceError if there is no WebGPU or no adapter.
 */
export async function requestBrowserAdapter(gpu: Browser | undefined): Promise<BrowserAdapter> {
  if (!gpu) {
    throw new DeviceError(
      "WebGPU: expected a browser that has it, got none. Use a current Chrome, Edge, Firefox or Safari, and open the " +
        "page over https or from localhost.",
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new DeviceError(
      "WebGPU: expected the browser to offer an adapter, got none. Switch hardware acceleration on in the browser's " +
        "settings and update the graphics driver; Chrome on Linux may also need chrome://flags/#enable-unsafe-webgpu.",
    );
  }
  return { adapter, description: describeAdapter(adapter.info) };
}

/** Opens a device on the adapter that the browser offers. @throws DeviceError as `requestBrowserAdapter` does. */
export async function openBrowserDevice(gpu: Browser | undefined): Promise<Device> {
  const { adapter, description } = await requestBrowserAdapter(gpu);
  const measured = await readKeptTuning(browserTuningKey(description), globalThis.indexedDB);
  return Device.open(adapter, { description, measured });
}

/** What a measurement in a page is kept under: it cannot know its driver, nor the version of its WebGPU. */
export const browserTuningKey = ({ name, driver }: AdapterDescription): TuningKey => ({
  adapter: name,
  driver,
  engine: "browser",
});

/**
 * What is known of an adapter. Browsers leave out what could tell users apart: often the description, sometimes
 * everything.
 */
export function describeAdapter(
  info: Pick<GPUAdapterInfo, "vendor" | "architecture" | "description" | "isFallbackAdapter">,
): AdapterDescription {
  const { vendor, architecture, description, isFallbackAdapter } = info;
  const name = description || [vendor, architecture].filter(Boolean).join(" ") || "an adapter without a name";
  return { name, vendor, type: isFallbackAdapter ? "software" : "hardware", backend: "browser", driver: "" };
}
