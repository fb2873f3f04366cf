/** The file that a thread runs: `bundle` makes dist/image-worker.js of it. It answers jobs until it is terminated. */
import { parentPort, workerData } from "node:worker_threads";
import { answerTo, type Job } from "./image-jobs.node.ts";
import type { ReadingPlan } from "./read-image.node.ts";

const plan = workerData as ReadingPlan;

parentPort?.on("message", (job: Job) => {
  void answerTo(job, plan).then((answer) => parentPort?.postMessage(answer));
});
