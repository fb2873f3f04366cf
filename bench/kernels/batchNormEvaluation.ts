import { evaluationStatistics, type KnownNormalisation } from "../../src/kernels/batchNorm/evaluation.ts";
import { leastChannels } from "../../src/kernels/batchNorm/statistics.ts";
import { type Input, randomInput } from "./inputs.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** The scales and shifts of an evaluation: of R-Net's normalisations behind convolutions, and of odd ones. */
export const batchNormEvaluationRows = (shapes: Shapes): BenchRow[] => [
  rowOf(
    "R-Net",
    rNetLayers("BatchNormalization", shapes)
      .filter(({ input }) => input.length === 4)
      .map(({ input: [, channels = 0] }) => channels),
  ),
  rowOf("odd", [7, 131]),
];

const rowOf = (name: string, channels: readonly number[]): BenchRow => ({
  op: "batchNormEvaluation",
  label: `statistics ${name}, [${channels.join(", ")}]`,
  open: () => open(name, channels),
});

const epsilon = 1e-3;

/** A normalisation, and where its values stand in those of both slots. */
interface Placed {
  readonly norm: KnownNormalisation;
  readonly start: number;
  readonly channels: number;
}

function open(name: string, channels: readonly number[]): OpenRow {
  const total = channels.reduce((sum, own) => sum + own, 0);
  const parameters = randomInput(`${name} parameters`, [2 * total], 0.5, 1.5);
  const moving = randomInput(`${name} moving`, [2 * total], 0.5, 1.5);
  const placed = channels.map((own, i): Placed => {
    const start = 2 * channels.slice(0, i).reduce((sum, before) => sum + before, 0);
    const view = ({ tensor }: Input, from: number) => ({ ...tensor, shape: [own], offset: 4 * (start + from) });
    const [gamma, beta] = [view(parameters, 0), view(parameters, own)];
    const [movingMean, movingVariance] = [view(moving, 0), view(moving, own)];
    return { norm: { gamma, beta, movingMean, movingVariance, epsilon }, start, channels: own };
  });
  const named = <Value>(values: readonly Value[]) => new Map(values.map((value, i) => [`statistics${i + 1}`, value]));
  return {
    variants: [
      {
        name: "default",
        record: (program) => {
          const norms = placed.map(({ norm }) => norm);
          const statistics = program.within("", "forward", () => evaluationStatistics(program, norms));
          return { phase: "forward", outputs: named(statistics) };
        },
      },
    ],
    expected: () => named(placed.map((own) => statisticsOf(own, parameters.values, moving.values))),
    tolerance: tolerances.short,
  };
}

/** The last channel fills the entries that remain. */
function statisticsOf({ start, channels }: Placed, parameters: Float64Array, moving: Float64Array): Float64Array {
  const entries = Array.from({ length: Math.max(channels, leastChannels) }, (_, e) => {
    const at = start + Math.min(e, channels - 1);
    const [gamma = 0, beta = 0] = [parameters[at], parameters[at + channels]];
    const [mean = 0, variance = 0] = [moving[at], moving[at + channels]];
    const inverse = 1 / Math.sqrt(variance + epsilon);
    return [gamma * inverse, beta - mean * gamma * inverse, mean, inverse];
  });
  return Float64Array.from(entries.flat());
}
