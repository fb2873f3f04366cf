/** What the thesis reports of its models, to stand beside a run: Table 3 and section 4. */

export interface ThesisModel {
  readonly name: string;
  readonly mse: number;
  readonly mae: number;
  readonly r2: number;
  /** In percent; null where the thesis has N/A. */
  readonly mape: number | null;
  readonly rmse: number | null;
  readonly epochs: number;
  /** About. */
  readonly hours: number;
}

/** Table 3, "Best Scores". Which part of the data they are of is not said. */
export const thesisModels: readonly ThesisModel[] = [
  { name: "VGG16", mse: 0.0116, mae: 0.092, r2: 0.3215, mape: null, rmse: null, epochs: 20, hours: 4 },
  { name: "ResNet", mse: 0.0107, mae: 0.0899, r2: 0.4025, mape: null, rmse: null, epochs: 20, hours: 4 },
  { name: "MobileNet", mse: 0.0278, mae: 0.1017, r2: 0.0959, mape: null, rmse: null, epochs: 20, hours: 3 },
  {
    name: "MNIST network",
    mse: 0.0316,
    mae: 0.1051,
    r2: 0.3921,
    mape: 112.6001,
    rmse: 0.1778,
    epochs: 200,
    hours: 1.5,
  },
];

/** The last row of Table 3. */
export const thesisRNet = {
  name: "R-Net",
  mse: 0.00723,
  mae: 0.0684,
  r2: 0.7576,
  mape: 67.2648,
  rmse: 0.0849,
  epochs: 200,
  hours: 1.5,
} as const satisfies ThesisModel;

export type CurveName = "mse" | "mae" | "r2" | "mape";

interface Ends {
  /** At the first epoch. */
  readonly first: number;
  /** At epoch 200. */
  readonly last: number;
}

/** Ends of the curves in Figures 6 to 9, from the text of section 4. Its training R2 lacks the minus that it describes. */
export const thesisCurves: Readonly<Record<CurveName, { readonly training: Ends; readonly validation: Ends }>> = {
  mse: { training: { first: 1.1764, last: 0.0085 }, validation: { first: 0.0631, last: 0.0079 } },
  mae: { training: { first: 0.8321, last: 0.0736 }, validation: { first: 0.2063, last: 0.0711 } },
  r2: { training: { first: -36.0784, last: 0.7404 }, validation: { first: -1.0166, last: 0.7441 } },
  mape: { training: { first: 1024.41, last: 136.26 }, validation: { first: 219.83, last: 62.83 } },
};

/** Epochs of the thesis's R-Net. */
export const thesisEpochs = 200;

/** The variance of the labels that a row's numbers imply, MSE / (1 - R2): one and the same for models on the same data. */
export const impliedVariance = ({ mse, r2 }: Pick<ThesisModel, "mse" | "r2">): number => mse / (1 - r2);

/** The R2 that a row's MSE means where the labels vary as R-Net's row implies. */
export const impliedR2 = ({ mse }: Pick<ThesisModel, "mse">): number => 1 - mse / impliedVariance(thesisRNet);
