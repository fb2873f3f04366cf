// step: what changes from one run of a Program to the next; included by the shaders that read it.

struct Step {
  index: u32,        // steps since the start of training
  batchStart: u32,   // where the batch begins in the epoch's order of images
  learningRate: f32,
  reserved: u32,
}
@group(0) @binding(0) var<uniform> step: Step;
