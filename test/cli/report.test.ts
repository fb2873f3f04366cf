/** `report` from the outside, on runs that were written and not trained, and on one that was. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { RunFolder } from "../../src/cli/run-folder.ts";
import { encodeGrayPng } from "../../src/data/encode-png.node.ts";
import { fileOf } from "../../src/report/figure-file.ts";
import { loadPngDrawer } from "../../src/report/png.node.ts";
import { element, text } from "../../src/report/seen/svg.ts";
import { expectWellFormed } from "../bench/well-formed.ts";
import { madeHistory, madeInput } from "../report/made-run.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { makeCells, small, temporaryFolder, train } from "../support/run.ts";

const root = temporaryFolder();
const data = join(root, "cells");
const run = join(root, "run");

/** Without a device: what was not trained has no weights. */
const report = async (...args: string[]) => {
  const { status, stdout, stderr } = await runCli(["report", ...args, "--no-device"]);
  return { status, stdout, errors: ownLines(stderr) };
};

/** A run of 60 images, finished unless files are left out. */
async function write(path: string, { metrics = true, predictions = true, folder = data } = {}): Promise<void> {
  const { config, metrics: scores, predictions: made } = madeInput();
  const own = RunFolder.create(path);
  await own.writeConfig({ ...config, data: folder });
  await own.writeHistory(madeHistory(5));
  const header = ["image", "split", ...made.outputs, ...made.outputs.map((name) => `${name}.predicted`)];
  const rows = made.rows.map(({ image, split, actual, predicted }) => [image, split, ...actual, ...predicted]);
  if (predictions) await own.writePredictions([header, ...rows, ""].map(String).join("\n"));
  if (metrics) await own.writeMetrics(scores);
}

beforeAll(async () => {
  mkdirSync(data);
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => 4 * i);
  for (const { image } of madeInput().predictions.rows) {
    writeFileSync(join(data, image), encodeGrayPng({ height: 8, width: 8, pixels }));
  }
  await write(run);
});

describe("a finished run", () => {
  test("becomes one HTML file, and each figure an SVG and a PNG", async () => {
    const [out, figures] = [join(root, "new", "a.html"), join(root, "figures")];
    const { status, stdout, errors } = await report(run, "--out", out, "--figures", figures, "--json");
    expect([status, errors]).toEqual([0, []]);
    const page = readFileSync(out, "utf8");
    const absent = { what: "Figures 1, 2 and 10, and Grad-CAM", why: "--no-device leaves them out." };
    const result = JSON.parse(stdout) as { bytes: number; figures: { id: string; svg: string; png: string }[] };
    expect(result).toMatchObject({ report: out, bytes: Buffer.byteLength(page), absent: [absent] });
    expect(result.figures[0]).toEqual({
      id: "figure-6-mse",
      title: "Figure 6. Mean squared error by epoch",
      svg: join(figures, "figure-6-mse.svg"),
      png: join(figures, "figure-6-mse.png"),
    });
    expect(page.match(/<img src="data:image\/png;base64,/g)).toHaveLength(20);
    expect(readdirSync(figures)).toHaveLength(2 * result.figures.length);
    for (const { id, svg, png } of result.figures) {
      expect(page).toContain(`id="${id}"`);
      expectWellFormed(readFileSync(svg, "utf8"));
      expect(readFileSync(svg, "utf8")).not.toContain("var(");
      expect(readFileSync(png).subarray(1, 4).toString()).toBe("PNG");
    }
  });

  test("by default in its own folder, said in a line", async () => {
    const { status, stdout } = await report(run);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /report\.html: 10 figures and 8 tables in 0\.\d MB\nleft out: Figures 1, 2 and 10, and Grad-CAM: .*\n$/,
    );
    expect(readFileSync(join(run, "report.html"), "utf8").startsWith("<!doctype html>")).toBe(true);
  });

  test("whose data set was moved: says so, and takes another place", async () => {
    const moved = join(root, "moved");
    await write(moved, { folder: join(root, "gone") });
    const without = await report(moved);
    expect(without.status).toBe(0);
    expect(without.errors).toEqual([
      `the data set, ${join(root, "gone")}, is not there. Say where it is with --data DATA.`,
    ]);
    expect(readFileSync(join(moved, "report.html"), "utf8")).not.toContain("<img ");
    expect((await report(moved, "--data", data)).errors).toEqual([]);
    expect(readFileSync(join(moved, "report.html"), "utf8")).toContain("<img ");
  });

  test("with an image that cannot be read: says which, and shows the others", async () => {
    const other = join(root, "damaged");
    mkdirSync(other);
    const { rows } = madeInput().predictions;
    const good = encodeGrayPng({ height: 1, width: 1, pixels: Uint8Array.of(9) });
    for (const { image } of rows) writeFileSync(join(other, image), image === "img0.png" ? "no image" : good);
    const { status, errors } = await report(run, "--data", other, "--out", join(root, "damaged.html"));
    expect(status).toBe(0);
    expect(errors).toEqual([expect.stringContaining("damaged/img0.png: expected a PNG, JPEG or TIFF image")]);
    const page = readFileSync(join(root, "damaged.html"), "utf8");
    expect(page.match(/<img /g)).toHaveLength(19);
    expect(page.match(/class="no-picture"/g)).toHaveLength(1);
  });
});

test("a name that no XML can hold is drawn", async () => {
  const pngOf = await loadPngDrawer();
  const size = { xmlns: "http://www.w3.org/2000/svg", width: 9, height: 9 };
  for (const svg of [
    fileOf(element("svg", size, text(0, 9, "x\x1b[31m1.png"))),
    fileOf(element("svg", size, "<text>x\x1b[31m</text>")),
  ]) {
    expect(svg).toContain("x\ufffd[31m");
    expectWellFormed(svg);
    expect(pngOf(svg).length).toBeGreaterThan(0);
  }
});

test("a file that is no HTML is not replaced, a report is", async () => {
  const config = join(run, "config.json");
  const before = readFileSync(config, "utf8");
  const { status, stdout, errors } = await report(run, "--out", config);
  expect([status, stdout]).toEqual([2, ""]);
  expect(errors[0]).toBe(
    `cellgrad: --out: expected a new file, or an HTML file to replace, got ${config}, which is another. Name one that ends in .html`,
  );
  expect(readFileSync(config, "utf8")).toBe(before);
  const out = join(root, "twice.html");
  expect([(await report(run, "--out", out)).status, (await report(run, "--out", out)).status]).toEqual([0, 0]);
});

describe("with a device", () => {
  const ofRun = async (...args: string[]) => {
    const { status, stdout, stderr } = await runCli(["report", ...args, "--json"]);
    const { figures, absent } = JSON.parse(stdout) as { figures: { id: string }[]; absent: { why: string }[] };
    return { status, figures: figures.map(({ id }) => id), absent: absent.map(({ why }) => why), stderr };
  };

  test("a run that was trained shows its images and what its network sees", async () => {
    const cells = await makeCells(join(root, "made"), 40);
    const trained = join(root, "trained");
    await train(cells, ...small("--epochs", "1", "--augment", "rnet"), "--out", trained);
    const { status, figures, absent, stderr } = await ofRun(trained);
    expect([status, absent]).toEqual([0, ["it takes at least 10 images, and there are 6 images of the test part."]]);
    expect(figures.length).toBe(8 + 5);
    expect(figures).toEqual(expect.arrayContaining(["figure-5-scatter", "figure-6-mse"]));
    expect(stderr).toContain("adapter: ");
  });

  test("a run without weights is reported without these, and says why", async () => {
    const { status, figures, absent, stderr } = await ofRun(run);
    expect([status, figures.length]).toEqual([0, 10]);
    expect(absent).toEqual([expect.stringContaining("best.safetensors: expected a file of a run")]);
    expect(stderr).toContain(absent[0]);
  });
});

describe("refuses", () => {
  const fails = async (...args: string[]) => {
    const { status, stdout, errors } = await report(...args);
    expect([status, stdout]).toEqual([1, ""]);
    return errors.join("\n").replaceAll(`${root}/`, "");
  };

  test("what is no run", async () => {
    expect(await fails(join(root, "none"))).toBe(
      "cellgrad: none: expected a run's folder, got nothing of that name. See those that there are with cellgrad runs list DIR",
    );
  });

  test("a run that has not finished", async () => {
    const path = join(root, "unfinished");
    await write(path, { metrics: false, predictions: false });
    expect(await fails(path)).toBe(
      "cellgrad: unfinished: expected a finished run, got one without metrics.json. " +
        "Finish it with cellgrad train cells --resume --out unfinished",
    );
  });

  test("a run without predictions", async () => {
    const path = join(root, "scored");
    await write(path, { predictions: false });
    expect(await fails(path)).toBe(
      "cellgrad: scored/predictions.csv: expected the predictions of a finished run, got nothing of that name. " +
        "Write them again with cellgrad train DATA --resume --out scored",
    );
  });

  test("predictions of other outputs", async () => {
    const path = join(root, "other");
    await write(path);
    writeFileSync(join(path, "predictions.csv"), "image,split,a,a.predicted\nx.png,test,1,1\n");
    expect(await fails(path)).toBe(
      "cellgrad: other/predictions.csv: expected the outputs of config.json, round, spindle, <b>granular</b>, got a",
    );
  });

  test("a data set that was named and is not there", async () => {
    expect(await fails(run, "--data", join(root, "nowhere"))).toBe(
      "cellgrad: --data: expected the run's data set, got nothing named nowhere",
    );
  });

  test("a place that cannot be written", async () => {
    expect(await fails(run, "--out", join(root, "run", "config.json", "a.html"))).toMatch(
      /^cellgrad: --out: expected a file that can be written, got /,
    );
  });
});
