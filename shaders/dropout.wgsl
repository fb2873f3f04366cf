// dropout: keeps each element with probability 1 - rate and scales it to keep the mean; in both directions.
//
//   y[i] = u(i) >= rate ? x[i] / (1 - rate) : 0      u(i) uniform in [0, 1), a pure function of (key, step, i)
//
//   x, y: f32[size]
//
// Dispatch: one invocation per two elements, since one Threefry call gives two words. The gradient is the same
// function of dy: the mask is drawn again, not stored.

const size: u32 = 1u; // dimension
const rate: f32 = 0.5; // tunable
const keyLow: u32 = 0u; // dimension: the key of this layer's stream
const keyHigh: u32 = 0u; // dimension
const scale: f32 = 1.0 / (1.0 - rate);

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn mask(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pair = id.y * groups.x * 64u + id.x;
  if (pair * 2u >= size) { return; }
  let words = threefry(vec2u(keyLow, keyHigh), vec2u(pair, step.index));
  for (var k = 0u; k < 2u; k++) { // unroll
    let i = pair * 2u + k;
    if (i < size) {
      y[i] = select(0.0, x[i] * scale, uniformOf(words[k]) >= rate);
    }
  }
}
