// huber: Huber's loss with delta = 1, Keras's default. After loss.wgsl, which has the entry points.
//
//   lossOf(e) = e^2 / 2 if |e| <= 1, else |e| - 1/2    slopeOf(e) = e, no less than -1 and no more than 1
//
// For errors of at most 1 it is half the mean squared error.

fn lossOf(error: f32) -> f32 {
  let distance = abs(error);
  return select(distance - 0.5, 0.5 * error * error, distance <= 1.0);
}

fn slopeOf(error: f32) -> f32 {
  return clamp(error, -1.0, 1.0);
}
