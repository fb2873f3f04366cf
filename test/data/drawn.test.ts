/** Priors and counts beside a data set, by image and output. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readCellCounts, readDrawn } from "../../src/data/drawn.node.ts";
import { DataError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/run.ts";

const folder = temporaryFolder();
writeFileSync(join(folder, "priors.csv"), "image,a,b\nx.png,0.25,0.75\ny.png,0.5,0.5\n");
writeFileSync(join(folder, "counts.csv"), "image,b,a\ny.png,3,4\nx.png,1,2\n");
const without = temporaryFolder();

describe("readDrawn", () => {
  test("joins by name, in the order of what is asked for", async () => {
    expect(await readDrawn(folder, ["y.png", "x.png"], ["a", "b"])).toEqual({
      priors: [
        [0.5, 0.5],
        [0.25, 0.75],
      ],
      counts: [
        [4, 3],
        [2, 1],
      ],
    });
  });

  test.each([
    ["there are none", without, ["x.png"], ["a", "b"]],
    ["an image is not among them", folder, ["z.png"], ["a", "b"]],
    ["an output is not among them", folder, ["x.png"], ["a", "c"]],
    ["cells of other types are among them", folder, ["x.png"], ["a"]],
  ])("is null where %s", async (_, where, names, outputs) => {
    expect(await readDrawn(where, names, outputs)).toBeNull();
  });
});

describe("readCellCounts", () => {
  const contract = (where: string) =>
    `${join(where, "counts.csv")}: expected a row "image,a,b" with the number of cells of each type for every image`;

  test("adds the types of cells", async () => {
    expect(await readCellCounts(folder, ["y.png", "x.png"])).toEqual([7, 3]);
  });

  test("needs counts.csv, with every image", async () => {
    await expect(readCellCounts(without, ["x.png"])).rejects.toThrow(
      new DataError(`${contract(without)}, got no such file`),
    );
    await expect(readCellCounts(folder, ["z.png"])).rejects.toThrow(
      new DataError(`${contract(folder)}, got none for "z.png"; add it`),
    );
  });
});
