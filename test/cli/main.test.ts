import { expect, test } from "vitest";
import { ownLines, runCli } from "../support/cli.ts";

test("--version prints the package's", async () => {
  const { status, stdout } = await runCli(["--version"]);
  expect([status, stdout]).toEqual([0, "0.1.0\n"]);
});

test("--help lists the commands", async () => {
  const { status, stdout, stderr } = await runCli(["--help"]);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("cellgrad doctor");
});

test("a missing command shows the help on stderr and exits with 2", async () => {
  const { status, stdout, stderr } = await runCli([]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("cellgrad doctor");
});

test.each([
  ["an unknown command", ["nonsense"], ["cellgrad: Unknown argument: nonsense", "see cellgrad --help"]],
  ["an unknown option", ["doctor", "--fast"], ["cellgrad: Unknown argument: fast", "see cellgrad doctor --help"]],
  ["an argument too many", ["doctor", "x"], ["cellgrad: Unknown argument: x", "see cellgrad doctor --help"]],
  [
    "an option without its value",
    ["doctor", "--adapter"],
    ["cellgrad: Not enough arguments following: adapter", "see cellgrad doctor --help"],
  ],
])("%s exits with 2 and one line, and says where the help is", async (_, args, lines) => {
  const { status, stdout, stderr } = await runCli(args);
  expect([status, stdout, stderr.trimEnd().split("\n")]).toEqual([2, "", lines]);
});

test("a failure exits with 1 and one line; --debug adds the stack, in the source's lines", async () => {
  const args = ["doctor", "--adapter", "no such adapter"];
  const { status, stdout, stderr } = await runCli(args);
  expect([status, stdout]).toEqual([1, ""]);
  expect(ownLines(stderr)).toEqual([expect.stringMatching(/^cellgrad: adapter: expected .*"no such adapter"/)]);
  const { stderr: debugged } = await runCli([...args, "--debug"]);
  expect(debugged).toMatch(/ at .*src\/gpu\/adapter\.node\.ts:\d+/);
});
