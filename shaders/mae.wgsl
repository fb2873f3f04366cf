// mae: the mean absolute error. After loss.wgsl, which has the entry points.
//
//   lossOf(e) = |e|    slopeOf(e) = sign(e), which is 0 at 0, as in TensorFlow

fn lossOf(error: f32) -> f32 {
  return abs(error);
}

fn slopeOf(error: f32) -> f32 {
  return sign(error);
}
