import { afterEach, expect } from "vitest";
import { recordGpuErrors, takeGpuErrors } from "./support/gpu-errors.ts";

recordGpuErrors();

afterEach(() => {
  expect(takeGpuErrors(), "errors that WebGPU reported").toEqual([]);
});
