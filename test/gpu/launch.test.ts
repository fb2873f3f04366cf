import { expect, test } from "vitest";
import { gridOver, type Workgroups } from "../../src/gpu/launch.ts";

test.each<[invocations: number, workgroupSize: number, grid: Workgroups]>([
  [0, 64, [1, 1, 1]],
  [1, 64, [1, 1, 1]],
  [64, 64, [1, 1, 1]],
  [65, 64, [2, 1, 1]],
  [65, 32, [3, 1, 1]],
  [65_535 * 64, 64, [65_535, 1, 1]],
  [65_535 * 64 + 1, 64, [32_768, 2, 1]],
  [3 * 65_535 * 64, 64, [65_535, 3, 1]],
])("%d invocations in groups of %d: %j", (invocations, workgroupSize, grid) => {
  expect(gridOver(invocations, workgroupSize)).toEqual(grid);
  expect(grid[0] * grid[1] * workgroupSize).toBeGreaterThanOrEqual(invocations);
});
