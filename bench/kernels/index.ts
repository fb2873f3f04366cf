/** Every op's rows, one line each. */
export { adamRows } from "./adam.ts";
export { addRows } from "./add.ts";
export { augmentRows } from "./augment.ts";
export { batchNormRows } from "./batchNorm.ts";
export { conv2dRows } from "./conv2d.ts";
export { crop2dRows } from "./crop2d.ts";
export { denseRows } from "./dense.ts";
export { denseNormRows } from "./denseNorm.ts";
export { dropoutRows } from "./dropout.ts";
export { fftRows } from "./fft.ts";
export { gatherRows } from "./gather.ts";
export { maxPool2dRows } from "./maxPool2d.ts";
export { huberRows, maeRows, mseRows } from "./losses.ts";
export { permuteRows } from "./permute.ts";
export { reluRows } from "./relu.ts";
export { rmspropRows } from "./rmsprop.ts";
export { sgdRows } from "./sgd.ts";
export { softmaxRows } from "./softmax.ts";
