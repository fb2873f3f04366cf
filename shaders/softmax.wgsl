// softmax: shares of 1 in each row, and their gradient.
//
//   forward    y[n,k]  = exp(x[n,k] - m[n]) / sum over j of exp(x[n,j] - m[n]),  m[n] = max over j of x[n,j]
//   backward   dx[n,k] = y[n,k] * (dy[n,k] - sum over j of y[n,j] * dy[n,j])
//
//   x, y, dx, dy: f32[rows, width]
//
// Dispatch: one invocation per row, since rows are short: the outputs of a network. Without m, which changes no result,
// exp would overflow beyond 88. A row with a NaN or with +infinity is NaN. Sums run along the row.

const rows: u32 = 1u; // tunable
const width: u32 = 1u; // tunable

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= rows) { return; }
  let start = row * width;
  var largest = x[start];
  for (var k = 1u; k < width; k++) { largest = max(largest, x[start + k]); }
  var sum = 0.0;
  for (var k = 0u; k < width; k++) { sum += exp(x[start + k] - largest); }
  for (var k = 0u; k < width; k++) { y[start + k] = exp(x[start + k] - largest) / sum; }
}

@group(0) @binding(0) var<storage, read> shares: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= rows) { return; }
  let start = row * width;
  var mean = 0.0;
  for (var k = 0u; k < width; k++) { mean += shares[start + k] * dy[start + k]; }
  for (var k = 0u; k < width; k++) { dx[start + k] = shares[start + k] * (dy[start + k] - mean); }
}
