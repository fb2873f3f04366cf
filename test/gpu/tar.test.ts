import { expect, test } from "vitest";
import { DataError } from "../../src/errors.ts";
import { readTar } from "../../src/gpu/tar.ts";

function entry(name: string, content: string, type = "0"): Uint8Array {
  const header = new Uint8Array(512);
  const write = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
  write(name, 0);
  write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  write(type, 156);
  const body = new Uint8Array(Math.ceil(content.length / 512) * 512);
  body.set(new TextEncoder().encode(content));
  return Uint8Array.of(...header, ...body);
}

const archive = (...entries: Uint8Array[]) =>
  Uint8Array.from([...entries.map((e) => [...e]), Array<number>(1024).fill(0)].flat());
const textOf = (files: Map<string, Uint8Array>) =>
  [...files].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);

test("files by name, whatever their length", () => {
  const long = "x".repeat(513);
  expect(textOf(readTar(archive(entry("a", "one"), entry("b/c", long), entry("empty", ""))))).toEqual([
    ["a", "one"],
    ["b/c", long],
    ["empty", ""],
  ]);
});

test("an old archive marks files with a zero byte; folders and links are passed over", () => {
  expect(textOf(readTar(archive(entry("old", "1", "\0"), entry("folder/", "", "5"), entry("link", "", "2"))))).toEqual([
    ["old", "1"],
  ]);
});

test("an archive that is cut short is refused", () => {
  const whole = archive(entry("a", "x".repeat(1000)));
  expect(() => readTar(whole.subarray(0, 1024))).toThrow(DataError);
  expect(() => readTar(whole.subarray(0, 1024))).toThrow("tar: expected 1000 bytes of a, got 512");
});

test("a size that is no number is refused", () => {
  const broken = archive(entry("a", "one"));
  broken.set(new TextEncoder().encode("nonsense"), 124);
  expect(() => readTar(broken)).toThrow("tar: expected");
});
