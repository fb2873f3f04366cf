// sumParts: adds up the parts of sums, such as those of weight gradients, for several tensors at once.
//
//   y[64*to + i] = sum over s < parts of partials[first + s*stride + i]     i < count, for each block of at most 64
//   blocks[k]    = (first, stride, parts * 128 + count, to)
//
//   partials: f32[...]    blocks: vec4u[size]    y: f32[...], every tensor from a multiple of 64 on
//
// Dispatch: a workgroup a block, an invocation an element. The order of every sum is fixed.

const size: u32 = 1u; // dimension: blocks

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read> blocks: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) i: u32,
) {
  let k = group.y * groups.x + group.x;
  if (k >= size) { return; }
  let block = blocks[k];
  if (i >= block.z % 128u) { return; }
  var sum = 0.0;
  for (var s = 0u; s < 0x7fffffffu; s++) {
    if (s >= block.z / 128u) { break; }
    sum += partials[block.x + s * block.y + i];
  }
  y[block.w * 64u + i] = sum;
}
