/** The page: what stands in it, and that it loads nothing. */
import { describe, expect, test } from "vitest";
import { parseHTML } from "linkedom";
import { presetOf } from "../../src/nn/preset.ts";
import { newDocument } from "../../src/report/document.node.ts";
import { scoreText } from "../../src/report/figures/axes.ts";
import { html } from "../../src/report/markup.ts";
import { durationText } from "../../src/report/page/overview.ts";
import { pageOf } from "../../src/report/page/page.ts";
import { type ReportInput, sectionsOf } from "../../src/report/run-report.ts";
import { madeInput, madePredictions } from "./made-run.ts";

const pageWith = (changes: Partial<ReportInput> = {}): string => {
  const input = { ...madeInput(), ...changes };
  return pageOf(input, sectionsOf(input, newDocument()));
};
const blocksWith = (changes: Partial<ReportInput>) =>
  sectionsOf({ ...madeInput(), ...changes }, newDocument()).flatMap(({ blocks }) => blocks);
const absentIn = (changes: Partial<ReportInput>): string[] =>
  blocksWith(changes).flatMap((block) =>
    block.kind === "absent" ? [`${block.absent.what}: ${block.absent.why}`] : [],
  );

const page = pageWith();
const { document } = parseHTML(page);
const textOf = (selector: string): string =>
  document.querySelector(selector)?.textContent.replaceAll(/\s+/g, " ").trim() ?? "";
/** With spaces that may break lines. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");
const rowsOf = (id: string): string[][] =>
  [...document.querySelectorAll(`#${id} tbody tr`)].map((row) =>
    [...row.children].map((cell) => plain(cell.textContent ?? "")),
  );

test("templates escape every value and keep markup", () => {
  const item = html`<b>${"<&>\"'"}</b>`;
  expect(html`<p title="${'"'}">${[item, item]}${3}</p>`.text).toBe(
    `<p title="&quot;">${"<b>&lt;&amp;&gt;&quot;&#39;</b>".repeat(2)}3</p>`,
  );
});

describe("the page", () => {
  test("loads nothing: no address but its own anchors, data URIs and the namespace of SVG", () => {
    const addresses = [...page.matchAll(/\b(?:href|src|xlink:href)="([^"]*)"/g)].map(([, address = ""]) => address);
    expect(addresses.length).toBeGreaterThan(8);
    for (const address of addresses) expect(address).toMatch(/^(#|data:image\/png;base64,)/);
    expect(page.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|@import|url\((?!#)|<script|<link/);
  });

  test("escapes names", () => {
    expect(page).not.toContain("<img src=x>");
    expect(page).not.toContain("<b>granular");
    expect(textOf(".facts dd")).toBe("runs/<img src=x>");
    expect(textOf("h1")).toBe("tiny on cells & co");
  });

  test("each part has an id of its own, a title and a caption; anchors lead somewhere", () => {
    const blocks = [...document.querySelectorAll(".block")];
    expect(blocks.length).toBe(9 + 8 + 1);
    for (const block of blocks) {
      expect(block.querySelector("h3")?.textContent).not.toBe("");
      expect(block.querySelector("figcaption, .caption")?.textContent).not.toBe("");
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const link of document.querySelectorAll("nav a")) expect(ids).toContain(link.getAttribute("href")?.slice(1));
  });

  test("figures are drawn twice, for wide and narrow screens", () => {
    const figures = [...document.querySelectorAll("figure")];
    expect(figures.map(({ id }) => id)).toEqual([
      ...["figure-6-mse", "figure-7-mae", "figure-8-r2", "figure-9-mape"],
      ...["figure-5-scatter", "ternary", "calibration", "bland-altman", "figure-4-relu"],
    ]);
    for (const own of figures) {
      expect(own.className).not.toContain("on-paper");
      expect([...own.querySelectorAll(".drawing")].map(({ className }) => className)).toEqual([
        "drawing wide",
        "drawing narrow",
      ]);
    }
  });

  test("says what was run", () => {
    const facts = textOf(".facts");
    for (const fact of [
      "60 images (20 training, 20 validation, 20 test)",
      "20 of 20 epochs",
      "seed 0",
      "cellgrad 0.1.0",
    ]) {
      expect(facts).toContain(fact);
    }
    expect(textOf(".remark")).toContain("of other images than this run's");
  });
});

describe("tables", () => {
  test("scores: this run's parts, and the thesis's where its convention is", () => {
    const rows = rowsOf("scores");
    expect(rows.map(([name]) => name)).toEqual([
      ...["this run, test", "this run, validation", "this run, training"],
      ...["thesis, Table 3", "thesis, validation at epoch 200", "thesis, training at epoch 200"],
    ]);
    expect(rows[3]).toEqual(["thesis, Table 3", "–", "0.00723", "0.0684", "67.3", "–", "–", "0.0849", "0.7576"]);
    expect(rows[4]?.slice(1)).toEqual(["750", "0.0079", "0.0711", "62.8", "–", "–", "–", "0.7441"]);
    expect(rows[5]?.slice(1)).toEqual(["3500", "0.0085", "0.0736", "136.3", "–", "–", "–", "0.7404"]);
  });

  test("scores have their 95 % intervals in small, of each output too", () => {
    const { metrics } = madeInput();
    const interval = ({ low, high }: { low: number; high: number }) => `[${scoreText(low)}, ${scoreText(high)}]`;
    const smallIn = (id: string, row: number) =>
      [...document.querySelectorAll(`#${id} tbody tr`)][row]?.querySelectorAll("small") ?? [];
    const names = ["mse", "mae", "mape", "rmse", "r2"] as const;
    expect([...smallIn("scores", 0)].map(({ textContent }) => textContent)).toEqual(
      names.map((name) => interval(metrics.test!.intervals![name]!)),
    );
    expect([...smallIn("scores-by-output", 2)].map(({ textContent }) => textContent)).toEqual(
      names.map((name) => interval(metrics.test!.outputs[2].intervals![name]!)),
    );
    expect(textOf("#scores .caption")).toContain("In brackets: 95 % intervals from 1000 bootstrap sets");
  });

  test("the out-of-range part is scored too, and counted", () => {
    const { metrics } = madeInput();
    const { document: other } = parseHTML(pageWith({ metrics: { ...metrics, outOfRange: metrics.test } }));
    const names = [...other.querySelectorAll("#scores .own th")].map(({ textContent }) => textContent);
    expect(names.at(-1)).toBe("this run, out of range");
    expect(other.querySelector(".facts")?.textContent).toContain("20 test, 20 out of range");
  });

  test("what labels can bear: the noise floor, and labels of 0 that decide MAPE", () => {
    const { metrics, predictions } = madeInput();
    const noise = {
      ...({ labelsAre: "priors", meanCells: 40, idealCounter: 0.00512, bestShrinkage: 0.00441 } as const),
      ...{ shrinkage: 0.86, realisedAgainstPrior: 0.005 },
    };
    const rows = predictions.rows.map((row, i) => (i === 0 ? { ...row, actual: [0, 0, 1] } : row));
    const { document: other } = parseHTML(
      pageWith({
        metrics: { ...metrics, test: { ...metrics.test!, noise } },
        predictions: { ...predictions, rows },
      }),
    );
    const caption = other.querySelector("#scores .caption")?.textContent;
    expect(caption).toContain(
      "Noise floor: from 40.0 cells an image a perfect count has an MSE of 0.00512 against the priors, 0.00441 if shrunk",
    );
    expect(caption).toContain("2 of 180 labels are 0; there MAPE divides by 10⁻⁷");
    expect(other.querySelector(".scores")?.textContent).toMatch(/labels of 0\s+2 of 60/);
    expect(textOf("#scores .caption")).not.toMatch(/Noise|labels are 0/);
    expect(textOf(".scores")).not.toContain("labels of 0");
  });

  test("R² by convention, and none for runs that were scored without", () => {
    const { metrics } = madeInput();
    const { r2, r2By, keras } = metrics.test!;
    expect(rowsOf("r2-by-convention")[0]).toEqual([
      "test",
      ...[r2By!.labelVariance, r2!, r2By!.implied!, r2By!.columns!, keras.r2].map(scoreText),
    ]);
    const { n, mse, mae, rmse, mape, outputs: own } = metrics.test!;
    const bare = { n, mse, mae, rmse, mape, r2, keras, outputs: own.map(({ intervals: _, ...rest }) => rest) };
    const { document: other } = parseHTML(pageWith({ metrics: { test: bare } }));
    expect(other.querySelector("#r2-by-convention")).toBeNull();
    expect(other.querySelector("#scores small")).toBeNull();
    expect(other.querySelector("#scores .caption")?.textContent).not.toContain("In brackets");
  });

  test("Table 3: label variances that the thesis's rows imply, and what their MSE would mean", () => {
    const rows = rowsOf("table-3-models");
    expect(rows.map(([name]) => name)).toEqual([
      ...["VGG16", "ResNet", "MobileNet", "MNIST network", "R-Net"],
      ...["tiny, this run, test", "tiny, this run, validation"],
    ]);
    expect(rows.slice(0, 5).map((row) => row.slice(-2))).toEqual([
      ["0.0171", "0.6111"],
      ["0.0179", "0.6413"],
      ["0.0307", "0.0680"],
      ["0.0520", "−0.0595"],
      ["0.0298", "0.7576"],
    ]);
  });

  test("Table 4: the run's layers, for R-Net beside the thesis's sizes", () => {
    expect(rowsOf("table-4-layers")[0]).toEqual(["conv1", "Conv2D", "30 × 30 × 8", "80", "64,800"]);
    const [table] = blocksWith({ config: { ...madeInput().config, preset: presetOf("rnet") } }).flatMap((block) =>
      block.kind === "table" && block.table.id === "table-4-layers" ? [block.table] : [],
    );
    expect(table?.rows[0]?.cells.map(plain)).toEqual([
      "conv1",
      "Conv2D",
      "126 × 126 × 16",
      "160",
      "2,286,144",
      "128 × 128 × 16",
    ]);
    expect(table?.rows.at(-2)?.cells).toEqual(["output", "Dense", "3", "99", "96", "3"]);
    expect(table?.caption).toContain("1,263,795 parameters");
    expect(table?.caption).toContain("Sizes differ from the thesis's tables");
  });

  test.each([
    ["shortcuts", { skip: true }, "Add", 3],
    ["leaky ReLU", { activation: "leaky-relu" }, "LeakyReLU", 9],
  ] as const)(
    "Table 4: layers that %s add have no size in the thesis, and move no other",
    (_, options, kind, added) => {
      const preset = { ...presetOf("rnet"), ...options, padding: "same" } as const;
      const [table] = blocksWith({ config: { ...madeInput().config, preset } }).flatMap((block) =>
        block.kind === "table" && block.table.id === "table-4-layers" ? [block.table] : [],
      );
      const layers = table?.rows.slice(0, -1).map(({ cells }) => cells) ?? [];
      expect(layers.filter(([, op]) => op === kind).map((cells) => cells[5])).toEqual(Array(added).fill("–"));
      const others = layers.filter(([, op]) => op !== kind && op !== "Flatten");
      expect(others).toHaveLength(25);
      for (const [, , output, , , thesis] of others) expect(thesis).toBe(output);
    },
  );

  test("Table 5: the MNIST network's parameters", () => {
    expect(rowsOf("table-5-mnist-network").at(-1)).toEqual(["all", "", "", "8,524,867", "164,145,248"]);
  });

  test("contradictions, each with its places and how it was settled", () => {
    const { contradictions } = madeInput();
    expect(rowsOf("contradictions-table")).toEqual(
      contradictions.map(({ row, places, settled }) => [String(row), ...places, settled]),
    );
  });

  test("configuration, key by key", () => {
    expect(rowsOf("configuration-table")).toContainEqual(["preset.optimizer.rho", "0.9"]);
  });
});

describe("the largest errors", () => {
  test("with the image where it is at hand", () => {
    const items = [...document.querySelectorAll(".gallery li")];
    expect(items.length).toBe(20);
    expect(
      items.filter((item) => item.querySelector("img")).map((item) => item.querySelector("h4")?.textContent),
    ).toEqual(["img0.png"]);
    expect(items[0]?.textContent).toMatch(/mean error 0\.0\d/);
  });

  test("without a data set, with why", () => {
    const { document: other } = parseHTML(pageWith({ pictures: "the data set is gone." }));
    expect(other.querySelectorAll(".no-picture").length).toBe(20);
    expect(other.querySelector("#largest-errors .caption")?.textContent).toContain("not shown: the data set is gone.");
  });
});

describe("what cannot be drawn is said", () => {
  test.each<[string, Partial<ReportInput>, string[]]>([
    ["nothing is missing", {}, []],
    ["no history", { history: [] }, ["Figures 6 to 9: no epoch was finished, so there is no history."]],
    [
      "no predictions",
      { predictions: { outputs: ["a"], rows: [] } },
      Array(2).fill("Predictions: predictions.csv has no image."),
    ],
    [
      "few images",
      { predictions: madePredictions(9) },
      ["Calibration: it takes at least 10 images, and there are 3 images of the test part."],
    ],
  ])("%s", (_, changes, expected) => {
    expect(absentIn(changes)).toEqual(expected);
  });

  test("a triangle of two outputs, or of labels that are no composition", () => {
    const { outputs, rows } = madePredictions(60);
    const ofTwo = rows.map((row) => ({ ...row, actual: [0.25, 0.75], predicted: [0.5, 0.5] }));
    expect(absentIn({ predictions: { outputs: ["a", "b"], rows: ofTwo } })).toEqual([
      "Ternary plot: a triangle has three corners, and the outputs are 2.",
    ]);
    const counts = rows.map((row) => ({ ...row, actual: row.actual.map((value) => 10 * value) }));
    expect(absentIn({ predictions: { outputs, rows: counts } })).toEqual([
      "Ternary plot: the labels are no fractions of one whole: some are negative, or an image's do not add up to 1.",
    ]);
  });
});

describe("figures of images and of the network", () => {
  const svg = '<svg xmlns="x"><text>a</text></svg>';
  const figure = (id: string, title: string) => ({ id, title, caption: "Some.", svg });

  test("stand in a section of their own, with the thesis's numbers; without the palette on white", () => {
    const imageFigures = [
      figure("figure-1-images", "Images"),
      figure("figure-10-feature-maps-conv6", "Maps"),
      figure("grad-cam", "CAM"),
    ];
    const { document: other } = parseHTML(pageWith({ imageFigures }));
    expect([...other.querySelectorAll("#section-images h3")].map(({ textContent }) => textContent)).toEqual([
      "Figure 1. Images",
      "Figure 10. Maps",
      "CAM",
    ]);
    expect(other.querySelector("#section-images #figure-1-images")?.className).toBe("block on-paper");
    const ids = [...other.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(document.querySelector("#section-images")).toBeNull();
  });

  test("without these, the network is still drawn, and why is said", () => {
    const { document: other } = parseHTML(pageWith({ imageFigures: "no adapter." }));
    expect(other.querySelector("#section-images .absent")?.textContent).toBe(
      "Figures 1, 2 and 10, and Grad-CAM: no adapter.",
    );
    expect(other.querySelector("#section-network #figure-3-network h3")?.textContent).toBe("Figure 3. The network");
  });
});

test.each([
  [8.76, "8.8 s"],
  [59.6, "1 min 00 s"],
  [420, "7 min 00 s"],
  [5400, "1 h 30 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
