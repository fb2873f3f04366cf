/** The worker behind the page: everything of WebGPU happens here, so the page stays responsive. */
import { openBrowserDevice, requestBrowserAdapter } from "../src/gpu/device.browser.ts";
import type { Demo } from "./demo.ts";
import type { Report } from "./messages.ts";
import { runDemo } from "./run-demo.ts";

const tell = (report: Report): void => postMessage(report);

async function introduce(): Promise<void> {
  const { description } = await requestBrowserAdapter(navigator.gpu);
  tell({ type: "adapter", description });
}

async function train(demo: Demo): Promise<void> {
  const device = await openBrowserDevice(navigator.gpu);
  try {
    await runDemo(device, demo, {
      onProgress: (progress) => tell({ type: "progress", progress }),
      onEpoch: (row) => tell({ type: "epoch", row }),
    });
    tell({ type: "done" });
  } finally {
    device.destroy();
  }
}

const fail = (error: unknown): void =>
  tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });

addEventListener("message", ({ data }: MessageEvent<Demo>) => void train(data).catch(fail));
introduce().catch(fail);
