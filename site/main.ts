/** The page: one button, a worker that trains, and what the worker reports. */
import type { HistoryRow } from "../src/nn/history.ts";
import { type Demo, readDemo } from "./demo.ts";
import type { Report } from "./messages.ts";
import * as view from "./view.ts";

/** What goes on between the button and the worker. */
class Session {
  readonly #demo: Demo;
  #rows: HistoryRow[] = [];
  #isTraining = false;
  #worker: Worker;

  constructor(demo: Demo) {
    this.#demo = demo;
    this.#worker = this.#hire();
    view.button.addEventListener("click", () => (this.#isTraining ? this.#stop() : this.#train()));
    view.onChartResize(() => view.drawChart(this.#rows, demo.epochs));
  }

  #hire(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    // What a worker said before it was ended may come after.
    const isHired = () => worker === this.#worker;
    worker.addEventListener("message", ({ data }: MessageEvent<Report>) => {
      if (isHired()) this.#receive(data);
    });
    worker.addEventListener("error", ({ message }) => {
      if (isHired()) this.#fail(message || "The worker's script did not load.");
    });
    return worker;
  }

  #receive(report: Report): void {
    switch (report.type) {
      case "adapter":
        view.showAdapter(report.description);
        if (!this.#isTraining) view.showOffer("train");
        return;
      case "progress":
        return view.showProgress(report.progress, `epoch ${this.#rows.length + 1} of ${this.#demo.epochs}`);
      case "epoch":
        this.#rows = [...this.#rows, report.row];
        return view.showRows(this.#rows, this.#demo.epochs);
      case "done":
        return this.#end(`Trained for ${this.#epochs()}`);
      case "failed":
        return this.#fail(report.message);
    }
  }

  #train(): void {
    this.#rows = [];
    this.#isTraining = true;
    view.showRows(this.#rows, this.#demo.epochs);
    view.showFailure("");
    view.showOffer("stop");
    this.#worker.postMessage(this.#demo);
  }

  /** At once, whatever the worker is doing: a new one takes its place. */
  #stop(): void {
    this.#worker.terminate();
    this.#worker = this.#hire();
    this.#end(`Stopped after ${this.#epochs()}`);
  }

  #end(status: string): void {
    this.#isTraining = false;
    view.showStatus(status);
    view.showOffer("train");
  }

  /** A training that failed may be tried again; without an adapter there is nothing to try. */
  #fail(message: string): void {
    if (!this.#isTraining) return view.showNothingToDo(message);
    view.showFailure(message);
    this.#end(`Failed after ${this.#epochs()}`);
  }

  #epochs(): string {
    return this.#rows.length === 1 ? "1 epoch" : `${this.#rows.length} epochs`;
  }
}

try {
  const demo = readDemo(location.search);
  view.showDemo(demo);
  new Session(demo);
} catch (error) {
  view.showNothingToDo(error instanceof Error ? error.message : String(error));
}
