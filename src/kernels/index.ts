/** Every op, one line each: what a layer may apply. */
export { addition } from "./add.ts";
export { batchNorm } from "./batchNorm.ts";
export { conv2d } from "./conv2d.ts";
export { crop2d } from "./crop2d.ts";
export { dense } from "./dense.ts";
export { denseNorm } from "./denseNorm.ts";
export { dropout } from "./dropout.ts";
export { flatten } from "./flatten.ts";
export { huber } from "./huber.ts";
export { mae } from "./mae.ts";
export { maxPool2d } from "./maxPool2d.ts";
export { mse } from "./mse.ts";
export { leakyRelu, relu } from "./relu.ts";
export { softmax } from "./softmax.ts";
