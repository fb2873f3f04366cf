/** Runs the commands of `bench all`, each in a process of its own with a limit, so that none can stop the others. */
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { harmless, note } from "./output.ts";
import { headlineOf } from "./protocol-headline.ts";
import type { Command } from "./protocol-plan.ts";
import { typed } from "./typed.ts";

/** `overlong`: stopped at its limit. `not begun`: the time for all was used up, or Ctrl-C came before. */
export const statuses = ["done", "failed", "overlong", "interrupted", "not begun"] as const;

/** What came of a command. */
export interface Outcome {
  readonly part: string;
  readonly name: string;
  /** As one types it. */
  readonly command: string;
  readonly status: (typeof statuses)[number];
  /** Null if a signal ended it, or it was not begun. */
  readonly exitStatus: number | null;
  readonly seconds: number;
  /** Seconds after which it would have been, or was, stopped. */
  readonly limit: number;
  /** Why it is not done: the last line that it wrote to stderr; null if it is done. */
  readonly reason: string | null;
  /** The JSON document that it printed, which a command that failed may have printed too; null for none. */
  readonly result: unknown;
}

export interface Running {
  /** The file that Node runs for each command. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  /** The file that gets all that commands write. */
  readonly log: string;
  /** When all has to be over, by performance.now(). */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Milliseconds that a process has to end by itself once it was asked to. */
  readonly graceMs?: number;
  readonly onOutcome: (outcome: Outcome) => Promise<void>;
}

/** Less is not worth a process. Seconds. */
const leastTime = 3;
const usualGraceMs = 15_000;

/** Runs one command after the other; what goes wrong in one is its outcome. */
export async function runCommands(commands: readonly Command[], running: Running): Promise<void> {
  for (const [i, command] of commands.entries()) {
    const left = (running.deadline - performance.now()) / 1000;
    const limit = Math.min(command.limit, left);
    const place = `${i + 1}/${commands.length}  ${command.name}`;
    const outcome =
      running.signal.aborted || left < leastTime
        ? notBegun(command, running.signal.aborted ? "interrupted before" : "no time was left")
        : await runCommand(command, limit, place, running);
    say(outcome, place, running);
    await running.onOutcome(outcome);
  }
}

const notBegun = (command: Command, reason: string): Outcome => ({
  ...about(command),
  ...{ status: "not begun", exitStatus: null, seconds: 0, limit: command.limit, reason, result: null },
});

const about = ({ part, name, args }: Command) => ({ part, name, command: typed(args) });

function say({ status, seconds, reason, result }: Outcome, place: string, { log }: Running): void {
  const time = seconds > 0 ? ` after ${seconds.toFixed(1)} s` : "";
  const line = [`${place}: ${status}${time}`, reason, headlineOf(result)].filter(Boolean).join(": ");
  note(line);
  appendFileSync(log, `${line}\n`);
}

async function runCommand(command: Command, limit: number, place: string, running: Running): Promise<Outcome> {
  const line = `\n${place}:  ${typed(command.args)}`;
  note(line);
  appendFileSync(running.log, `${line}\n`);
  const began = performance.now();
  const { stdout, stderr, exitStatus, overlong } = await runProcess(command, limit, running);
  const seconds = (performance.now() - began) / 1000;
  const result = documentIn(stdout);
  if (result === null) appendFileSync(running.log, stdout);
  let reason = exitStatus === 0 ? null : (lastLine(stderr) ?? `exit ${String(exitStatus)}`);
  if (exitStatus === 0 && result === null) reason = "expected a JSON document, got none";
  if (command.keeps) {
    await copyFile(command.keeps.from, command.keeps.to).catch((error: unknown) => (reason ??= String(error)));
  }
  if (overlong) reason = `stopped at its limit of ${limit.toFixed(0)} s`;
  const status = overlong ? "overlong" : running.signal.aborted ? "interrupted" : reason === null ? "done" : "failed";
  return { ...about(command), status, exitStatus, seconds, limit, reason, result };
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitStatus: number | null;
  readonly overlong: boolean;
}

/** What drivers are told so that compiling takes what it takes: Mesa's and NVIDIA's. */
const withoutShaderCache = { MESA_SHADER_CACHE_DISABLE: "true", __GL_SHADER_DISK_CACHE: "0" };

function runProcess({ args, cold }: Command, limit: number, running: Running): Promise<Ended> {
  const { script, env, log, signal, graceMs = usualGraceMs } = running;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], {
      env: { ...env, ...(cold && withoutShaderCache) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr, overlong] = ["", "", false];
    let killer: NodeJS.Timeout | undefined;
    const killSoon = () => void (killer ??= setTimeout(() => child.kill("SIGKILL"), graceMs));
    const timer = setTimeout(() => {
      overlong = true;
      child.kill("SIGINT"); // a training and a tuning end in order, and keep what they have
      killSoon();
    }, limit * 1000);
    signal.addEventListener("abort", killSoon); // a terminal's Ctrl-C has reached the process already
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      process.stderr.write(harmless(text));
      appendFileSync(log, text);
    });
    const end = (exitStatus: number | null) => {
      clearTimeout(timer);
      clearTimeout(killer);
      signal.removeEventListener("abort", killSoon);
      resolve({ stdout, stderr, exitStatus, overlong });
    };
    child.on("error", ({ message }) => {
      stderr += message;
      end(null);
    });
    child.on("close", end);
  });
}

function documentIn(stdout: string): unknown {
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    return null;
  }
}

const lastLine = (text: string): string | undefined =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .at(-1);
