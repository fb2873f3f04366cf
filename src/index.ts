/**
 * cellgrad as a library: the engine, the ops, the layers, training, and what goes in and out of it. The same names that
 * the command line uses. Node's parts (adapters, files) are exported from "cellgrad/node".
 */
export * from "./errors.ts";
export { type Shape, type Pair, type Padding, sizeOf } from "./shape.ts";
export { RandomStream, streamKey, threefry } from "./rng.ts";

export { Device, type AdapterDescription, type Counters, type DeviceOptions, type Wait } from "./gpu/device.ts";
export { type Access, type Constants, defineKernel, type Kernel, specialise } from "./gpu/kernel.ts";
export { gridOver, type Launch, type LaunchRequest, type Phase, type Workgroups } from "./gpu/launch.ts";
export { Program } from "./gpu/program.ts";
export { ReadyProgram } from "./gpu/ready-program.ts";
export { stepTensor, type StepState, writeStep } from "./gpu/step.ts";
export { arena, type Dtype, pinned, reshape, type Slot, type Tensor } from "./gpu/tensor.ts";

export type { BackwardContext, Op } from "./kernels/op.ts";
export * as ops from "./kernels/index.ts";

export { augmentedImages, type WhatIsSeen } from "./nn/augmented-images.ts";
export { Tape } from "./nn/autograd.ts";
export { type EarlyStoppingOptions, earlyStoppingOf } from "./nn/callbacks/early-stopping.ts";
export type { Schedule } from "./nn/callbacks/schedule.ts";
export { type Checkpoint, type Progress, weightsOf } from "./nn/checkpoint.ts";
export { compareVariants, type CrossValidationComparison, verdictOf } from "./nn/cross-validation.ts";
export { DeviceDataset, type ImagesAndLabels } from "./nn/device-dataset.ts";
export { convolutionsOf, featureMaps } from "./nn/feature-maps.ts";
export { gradCams, type GradCams, positivePart } from "./nn/grad-cam.ts";
export { glorotUniform, type Initializer, ones, zeros } from "./nn/initializers.ts";
export type { Activation, Layer, LayerContext, ParameterSpec, SlidingWindow } from "./nn/layer.ts";
export { BatchNormalization, type BatchNormalizationOptions } from "./nn/layers/batch-normalization.ts";
export { Conv2D, type Conv2DOptions } from "./nn/layers/conv2d.ts";
export { Dense, type DenseOptions } from "./nn/layers/dense.ts";
export { Dropout, type DropoutOptions } from "./nn/layers/dropout.ts";
export { Flatten } from "./nn/layers/flatten.ts";
export { LeakyReLU, type LeakyReLUOptions } from "./nn/layers/leaky-relu.ts";
export { MaxPooling2D, type MaxPooling2DOptions } from "./nn/layers/max-pooling2d.ts";
export { Shortcut, type ShortcutOptions } from "./nn/layers/shortcut.ts";
export { type HistoryRow, historyCsv, parseHistory } from "./nn/history.ts";
export type { L1L2 } from "./nn/kernel-regularizer.ts";
export { rangeTest, type RangePoint, type RangeTest, suggestLearningRate, type Suggestion } from "./nn/lr-find.ts";
export { type LossName, lossNames } from "./nn/losses.ts";
export { type RegressionMetrics, regressionMetrics } from "./nn/metrics.ts";
export { mnistNet, type MnistNetOptions } from "./nn/models/mnist-net.ts";
export type { Head, HiddenActivation, NetworkOptions } from "./nn/models/options.ts";
export { rNet, type RNetOptions } from "./nn/models/rnet.ts";
export { tiny, type TinyOptions } from "./nn/models/tiny.ts";
export { imagesAt } from "./nn/observation.ts";
export { Adam, type AdamOptions } from "./nn/optimizers/adam.ts";
export type { Optimizer } from "./nn/optimizers/optimizer.ts";
export { Rmsprop, type RmspropOptions } from "./nn/optimizers/rmsprop.ts";
export { Sgd, type SgdOptions } from "./nn/optimizers/sgd.ts";
export { receptiveField, type ReceptiveField } from "./nn/receptive-field.ts";
export { type HostTensor, readSafetensors, weightsDigest, writeSafetensors } from "./nn/safetensors.ts";
export { Sequential, type Parameter, type SequentialOptions } from "./nn/sequential.ts";
export { recordEvaluation, recordTrainStep } from "./nn/train-step.ts";
export { checkGradients } from "./nn/gradient-check.ts";
export { Training } from "./nn/train.ts";
export type { TrainingEvents, TrainingOptions } from "./nn/training-options.ts";
export { type AugmentDraw, augmentKey, drawOf } from "./data/augment/draw.ts";
export { type AugmentOptions, augmentNames, augmentPresets, type Fill, type Range } from "./data/augment/options.ts";
export type { Augmentation } from "./data/augment/record.ts";
export { augmentOf } from "./data/augment/check.ts";
export { foldsOf, foldSplit } from "./data/folds.ts";
export { type Split, splitIndices } from "./data/split.ts";
