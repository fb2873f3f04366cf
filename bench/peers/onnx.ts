import type { Padding } from "../../src/shape.ts";
import type { Problem, WeightData } from "./peer.ts";
import { bytesField, bytesOf, concatenate, type Field, floatField, integerField, messageField } from "./protobuf.ts";
import { isPooled, rnet } from "./rnet.ts";

/** Names of the graph's input, `[B, 1, H, W]`, and of its output, `[B, outputs]`. */
export const onnxNames = { images: "images", predictions: "predictions" } as const;

// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Version 7 of the format came with operator set 13.
const irVersion = 7;
const operatorSet = 13;
const float32 = 1;
/** Kinds of attributes. */
const [kindFloat, kindInts] = [1, 7];

/**
 * R-Net in evaluation mode with the problem's weights, as the bytes of an ONNX file. ONNX flattens as cellgrad does, so
 * no weight is laid out anew.
 */
export function rnetOnnx({ batch, size, outputs, padding, weights }: Problem): Uint8Array<ArrayBuffer> {
  const { images, predictions } = onnxNames;
  const graph = [
    ...nodesOf(padding),
    bytesField(2, "R-Net"),
    ...[...weights].map(([name, weight]) => messageField(5, tensor(name, weight))),
    messageField(11, value(images, [batch, 1, size, size])),
    messageField(12, value(predictions, [batch, outputs])),
  ];
  return concatenate([
    integerField(1, irVersion),
    bytesField(2, "cellgrad"),
    messageField(7, graph),
    messageField(8, [bytesField(1, ""), integerField(2, operatorSet)]),
  ]);
}

function nodesOf(padding: Padding): Field[] {
  const nodes: Field[] = [];
  let x: string = onnxNames.images;
  const then = (operator: string, inputs: readonly string[], attributes: readonly Field[] = [], output?: string) => {
    const y = output ?? `${operator}${nodes.length}`;
    nodes.push(messageField(1, node(operator, [x, ...inputs], y, attributes)));
    x = y;
  };
  const normalize = (layer: string): void =>
    then("BatchNormalization", batchNormInputs(layer), [floatAttribute("epsilon", rnet.batchNorm.epsilon)]);
  const around = padding === "same" ? 1 : 0;
  rnet.filters.forEach((_, i) => {
    then("Conv", layerInputs(`conv${i + 1}`), [intsAttribute("pads", [around, around, around, around])]);
    then("Relu", []);
    normalize(`bn${i + 1}`);
    if (isPooled(i)) then("MaxPool", [], [intsAttribute("kernel_shape", [2, 2]), intsAttribute("strides", [2, 2])]);
  });
  then("Flatten", []);
  rnet.units.forEach((_, i) => {
    then("Gemm", layerInputs(`dense${i + 1}`));
    then("Relu", []);
    normalize(`bn${rnet.filters.length + i + 1}`);
  });
  then("Gemm", layerInputs("output"), [], onnxNames.predictions);
  return nodes;
}

const layerInputs = (layer: string): string[] => [`${layer}.weight`, `${layer}.bias`];

const batchNormInputs = (layer: string): string[] =>
  ["gamma", "beta", "movingMean", "movingVariance"].map((part) => `${layer}.${part}`);

/** NodeProto. */
function node(operator: string, inputs: readonly string[], output: string, attributes: readonly Field[]): Field[] {
  return [
    ...inputs.map((input) => bytesField(1, input)),
    bytesField(2, output),
    bytesField(4, operator),
    ...attributes.map((attribute) => bytesField(5, attribute)),
  ];
}

/** AttributeProto of a float. */
const floatAttribute = (name: string, float: number): Field =>
  concatenate([bytesField(1, name), floatField(2, float), integerField(20, kindFloat)]);

/** AttributeProto of integers. */
const intsAttribute = (name: string, integers: readonly number[]): Field =>
  concatenate([bytesField(1, name), ...integers.map((each) => integerField(8, each)), integerField(20, kindInts)]);

/** TensorProto. */
const tensor = (name: string, { shape, data }: WeightData): Field[] => [
  ...shape.map((dimension) => integerField(1, dimension)),
  integerField(2, float32),
  bytesField(8, name),
  bytesField(9, bytesOf(data)),
];

/** ValueInfoProto of a float32 tensor. */
const value = (name: string, shape: readonly number[]): Field[] => [
  bytesField(1, name),
  messageField(2, [
    messageField(1, [
      integerField(1, float32),
      messageField(
        2,
        shape.map((dimension) => messageField(1, [integerField(1, dimension)])),
      ),
    ]),
  ]),
];
