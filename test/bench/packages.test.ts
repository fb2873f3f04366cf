import { expect, test } from "vitest";
import { choosePeers, isInstalled } from "../../bench/peers/packages.ts";

const withoutOnnxRuntime = (name: string): boolean => !name.startsWith("onnxruntime");

test("without a choice, all peers that are installed, and one line on each package that is not", () => {
  const { names, absent } = choosePeers(undefined, true, withoutOnnxRuntime);
  expect(names).toEqual(["cellgrad", "tfjs", "jax-js"]);
  expect(absent).toEqual([
    expect.stringMatching(/^peers: expected the package onnxruntime-web, got none\. .*npm install --no-save/),
    expect.stringMatching(/^peers: expected the package onnxruntime-node, got none\. .*npm install --no-save/),
  ]);
});

test("training has no peers that cannot train", () => {
  expect(choosePeers(undefined, false, () => true)).toEqual({ names: ["cellgrad", "tfjs", "jax-js"], absent: [] });
});

test("a peer that was named must be there", () => {
  expect(() => choosePeers(["cellgrad", "onnxruntime-node"], true, withoutOnnxRuntime)).toThrow(
    "peers: expected the package onnxruntime-node, got none. To compare with it: npm install --no-save",
  );
  expect(() => choosePeers(["cellgrad", "tfjs"], false, () => false)).toThrow(
    "peers: expected the package @tensorflow/tfjs-core, got none. To compare with it: npm ci",
  );
});

test("cellgrad needs no package", () => {
  expect(choosePeers(["cellgrad"], false, () => false).names).toEqual(["cellgrad"]);
});

test("installed is what Node finds", () => {
  expect([isInstalled("@tensorflow/tfjs-core"), isInstalled("no-such-package-at-all")]).toEqual([true, false]);
});
