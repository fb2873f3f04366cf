// mse: the mean squared error. After loss.wgsl, which has the entry points.
//
//   lossOf(e) = e^2    slopeOf(e) = 2 e

fn lossOf(error: f32) -> f32 {
  return error * error;
}

fn slopeOf(error: f32) -> f32 {
  return 2.0 * error;
}
