import { describe, expect, test } from "vitest";
import { readDemo } from "../../site/demo.ts";
import { UsageError } from "../../src/errors.ts";

describe("readDemo", () => {
  test("an address without options asks for the defaults", () => {
    expect(readDemo("")).toEqual({ images: 768, size: 64, batch: 16, epochs: 40, seed: 1 });
  });

  test("an address changes what it names", () => {
    expect(readDemo("?epochs=3&seed=0")).toEqual({ ...readDemo(""), epochs: 3, seed: 0 });
  });

  test.each([
    ["?epoch=3", 'address: expected options among images, size, batch, epochs, seed, got "epoch"'],
    ["?toString=3", 'address: expected options among images, size, batch, epochs, seed, got "toString"'],
    ["?epochs=0", 'address: expected epochs to be a whole number of at least 1, got "0"'],
    ["?epochs=", 'address: expected epochs to be a whole number of at least 1, got ""'],
    ["?seed=-1", 'address: expected seed to be a whole number of at least 0, got "-1"'],
    ["?images=1e2", 'address: expected images to be a whole number of at least 1, got "1e2"'],
  ])("%s is refused", (search, message) => {
    expect(() => readDemo(search)).toThrow(new UsageError(message));
  });
});
