/** Progress on stderr: one line that is rewritten on a terminal, nothing of it elsewhere. */
import { harmless } from "./output.ts";

/** Ten times a second: more is waste, less looks stuck. */
const shortestInterval = 100;

export class ProgressLine {
  readonly #live = process.stderr.isTTY;
  #shown = 0;

  /** Shows how `work` goes, and takes the line away when it ends, also with an error, whose message follows. */
  static async during<Result>(work: (line: ProgressLine) => Promise<Result>): Promise<Result> {
    const line = new ProgressLine();
    try {
      return await work(line);
    } finally {
      line.clear();
    }
  }

  /** Shows the text, unless it comes too soon after the last. */
  show(text: string): void {
    const now = performance.now();
    if (!this.#live || now - this.#shown < shortestInterval) return;
    this.#shown = now;
    process.stderr.write(`\r\x1b[2K${harmless(text).slice(0, (process.stderr.columns || 80) - 1)}`);
  }

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (this.#live && this.#shown > 0) process.stderr.write("\r\x1b[2K");
    this.#shown = 0;
  }
}

/** 75 s as "1:15". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const two = (value: number) => String(value).padStart(2, "0");
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
