/** What is shown while a cross-validation trains: which training of how many, and how long all of them will take. */
import type { Variant } from "../nn/cross-validation-plan.ts";
import type { FoldTraining } from "../nn/cross-validation-result.ts";
import type { CrossValidation } from "./cv-plan.ts";
import { note } from "./output.ts";
import { clock } from "./progress.ts";
import { typed } from "./typed.ts";
import type { TrainingView } from "./train.ts";

export class CvProgress {
  readonly #cv: CrossValidation;
  readonly #began = performance.now();
  readonly #total: number;
  /** Trainings that were finished before this process began, and since. */
  readonly #before: number;
  #done = 0;

  /** @param left trainings to do. */
  constructor(cv: CrossValidation, left: number) {
    this.#cv = cv;
    this.#total = cv.plan.variants.length * cv.plan.folds;
    this.#before = this.#total - left;
  }

  /** @param share of the training that is under way. */
  #timeLeft(share = 0): string {
    const done = this.#done + share;
    const left = this.#total - this.#before - done;
    return clock((((performance.now() - this.#began) / 1000) * left) / done);
  }

  #placeOf({ name }: Variant, fold: number): string {
    const { folds } = this.#cv.plan;
    return `${this.#before + this.#done + 1}/${this.#total}  ${name}  fold ${fold + 1}/${folds}`;
  }

  viewOf(variant: Variant, fold: number): TrainingView {
    const place = this.#placeOf(variant, fold);
    const { epochs } = variant.preset;
    return {
      stepReporter: (_, run, line) => {
        const skipped = run.history.length;
        return ({ epoch, stepOfEpoch, stepsPerEpoch }) => {
          const share = (epoch - skipped + stepOfEpoch / stepsPerEpoch) / Math.max(1, epochs - skipped);
          line.show(`${place}  epoch ${epoch + 1}/${epochs}  ETA of all ${this.#timeLeft(share)}`);
        };
      },
      onEpoch: () => undefined,
      onStopped: () => {
        const { config } = this.#cv.plan;
        note(`stopped; go on with: ${typed(["cv", config.data], { out: this.#cv.folder.path, resume: true })}`);
      },
    };
  }

  /** A line for a training that was scored, or diverged. */
  finished(variant: Variant, fold: number, { mse, r2, epoch, failure }: FoldTraining): void {
    const place = this.#placeOf(variant, fold);
    this.#done++;
    const scores = `MSE ${mse?.toPrecision(4)}, R2 ${r2?.toFixed(3) ?? "none"}`;
    const outcome =
      failure === null ? `best epoch ${epoch}/${variant.preset.epochs}: ${scores}` : `diverged: ${failure}`;
    const isLast = this.#before + this.#done === this.#total;
    const left = isLast ? "" : `  about ${this.#timeLeft()} left`;
    note(`${place}  ${outcome}${left}`);
  }
}
