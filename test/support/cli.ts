/** Runs the command line as a user does: another process, another working directory. */
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const bin = fileURLToPath(new URL("../../bin/cellgrad.js", import.meta.url));

/**
 * @param env variables to set, or to take away where undefined.
 * @param interruptWhen presses Ctrl-C, once, when stderr reads so.
 * @param script the command's file, of this checkout where nothing else is said.
 */
export function runCli(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
  interruptWhen?: RegExp,
  script = bin,
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: tmpdir(), env: { ...process.env, ...env } });
    let [stdout, stderr, interrupted] = ["", "", false];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (!interrupted && interruptWhen?.test(stderr)) interrupted = child.kill("SIGINT");
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** What this program wrote to stderr, without what Dawn and the Vulkan loader add. */
export const ownLines = (stderr: string): string[] =>
  stderr.split("\n").filter((line) => line !== "" && !/^(Warning:| +at )/.test(line));
