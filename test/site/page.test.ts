/** The built page in a real browser, beside the same training in Node. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDemo } from "../../site/demo.ts";
import { runDemo } from "../../site/run-demo.ts";
import { openDevice } from "../../src/gpu/device.node.ts";
import { hasSwiftShader } from "../../src/gpu/swiftshader.node.ts";
import type { HistoryRow } from "../../src/nn/history.ts";
import { buildPage, type BuiltPage, gzipSizes } from "./built-page.ts";
import { launchChromium, webGpuFlags } from "./chromium.ts";

/** Small enough for an adapter in software; the last batch of an epoch is short. */
const search = "?images=72&size=24&epochs=4&seed=3";
/** Largest difference of a loss in the page from the one in Node, absolute; the losses are 0.05 to 2. */
const tolerance = 1e-3;
/** Everything that a visitor downloads, in kB of gzip. */
const budget = 100;

let built: BuiltPage;
beforeAll(async () => {
  built = await buildPage();
});
afterAll(() => built.close());

test("downloads little", () => {
  const { each, total } = gzipSizes(built.files);
  const list = each.map(([path, kB]) => `${path} ${kB.toFixed(1)}`).join(", ");
  console.log(`site: ${total.toFixed(1)} kB gzip of at most ${budget} (${list})`);
  expect(total).toBeLessThan(budget);
});

test("asks for nothing of Node", () => {
  const scripts = [...built.files].filter(([path]) => path.endsWith(".js")).map(([, content]) => content.toString());
  expect(scripts.length).toBeGreaterThan(0);
  for (const script of scripts) expect(script).not.toMatch(/["'`]node:|__vite-browser-external/);
});

describe("with WebGPU", () => {
  const { page, problems } = usePage(webGpuFlags);

  test("trains as Node does", async () => {
    await page().goto(built.address + search);
    await page().getByRole("button", { name: "Train" }).click();
    await expect.poll(() => statusOf(page()), { timeout: 80_000 }).toBe("Trained for 4 epochs");
    const inPage = await lossesOf(page());
    const inNode = await trainInNode();
    console.log(`site: losses in the page ${JSON.stringify(inPage)}, in Node ${JSON.stringify(inNode)}`);
    expect(inPage.length).toBe(4);
    inPage.forEach(([training, validation], epoch) => {
      expect(Math.abs(training - inNode[epoch][0])).toBeLessThan(tolerance);
      expect(Math.abs(validation - inNode[epoch][1])).toBeLessThan(tolerance);
    });
    expect(inPage[3][0]).toBeLessThan(inPage[0][0] / 2);
    expect(await page().locator("#chart path").count()).toBe(2);
    expect(problems).toEqual([]);
  }, 90_000);

  test("shows what is wrong with a training, and lets it be tried again", async () => {
    await page().goto(`${built.address}?images=8&size=8`);
    await page().getByRole("button", { name: "Train" }).click();
    expect(await alertOf(page())).toMatch(/expected a size of 16 to 2048 pixels, got 8/);
    expect(await statusOf(page())).toBe("Failed after 0 epochs");
    expect(await page().getByRole("button", { name: "Train" }).isEnabled()).toBe(true);
  });

  test("refuses an address that asks for what there is not", async () => {
    await page().goto(`${built.address}?colour=red`);
    expect(await alertOf(page())).toBe(
      'address: expected options among images, size, batch, epochs, seed, got "colour"',
    );
    expect(await page().getByRole("button").isDisabled()).toBe(true);
  });

  test("stops at once and can begin again", async () => {
    await page().goto(`${built.address}?images=72&size=24&epochs=1000`);
    await page().getByRole("button", { name: "Train" }).click();
    await page().getByRole("button", { name: "Stop" }).click();
    expect(await statusOf(page())).toBe("Stopped after 0 epochs");
    await page().getByRole("button", { name: "Train" }).click();
    await expect.poll(() => statusOf(page()), { timeout: 30_000 }).toMatch(/^(Compiling kernels|Training)/);
    expect(await page().getByRole("button").textContent()).toBe("Stop");
    expect(problems).toEqual([]);
  });
});

describe("without WebGPU", () => {
  const { page } = usePage([]);

  test("says that there is no adapter", async () => {
    await page().goto(built.address);
    expect(await alertOf(page())).toMatch(/expected the browser to offer an adapter/);
    expect(await page().getByRole("button").isDisabled()).toBe(true);
  });
});

describe("over plain http", () => {
  const { page } = usePage([...webGpuFlags, "--host-resolver-rules=MAP elsewhere.test 127.0.0.1"]);

  test("says that there is no WebGPU", async () => {
    await page().goto(built.address.replace("127.0.0.1", "elsewhere.test"));
    expect(await alertOf(page())).toMatch(/expected a browser that has it, got none/);
    expect(await page().getByRole("button").isDisabled()).toBe(true);
  });
});

/** A browser for the tests of one `describe`, with one page, and whatever errors the page prints or throws. */
function usePage(flags: readonly string[]): { page: () => Page; problems: readonly string[] } {
  const problems: string[] = [];
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchChromium(flags);
    page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  });
  afterAll(() => browser.close());
  return { page: () => page, problems };
}

const statusOf = (page: Page): Promise<string | null> => page.getByRole("status").textContent();

/** What the page says is wrong, once it does. */
async function alertOf(page: Page): Promise<string | null> {
  const alert = page.getByRole("alert");
  await alert.waitFor();
  return alert.textContent();
}

/** The table's losses: an epoch a row, training and validation. */
async function lossesOf(page: Page): Promise<[training: number, validation: number][]> {
  const rows = await page
    .locator("#rows tr")
    .evaluateAll((all) => all.map((row) => [...row.querySelectorAll("data")].map(({ value }) => Number(value))));
  return rows.map(([, training, validation]) => [training, validation]);
}

async function trainInNode(): Promise<[training: number, validation: number][]> {
  const { device } = await openDevice(hasSwiftShader() ? { adapter: "SwiftShader" } : {});
  const rows: HistoryRow[] = [];
  await runDemo(device, readDemo(search), { onEpoch: (row) => void rows.push(row) });
  device.destroy();
  return rows.map(({ loss, val }) => [loss, val?.loss ?? NaN]);
}
