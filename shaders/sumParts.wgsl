// sumParts: adds up the parts of sums, such as those of weight gradients, for several tensors at once.
//
//   y[to + i]  = sum over s < parts of partials[first + s*stride + i]     i < count <= elements, for each block
//   blocks[k]  = (first, stride, parts * 128 + count, to)
//
//   partials: f32[...]    blocks: vec4u[size]    y: f32[...]
//
// Dispatch: a workgroup a block; an element has `lanes` invocations, each of which adds a run of its parts, and whose sums
// are added in order. A GPU wants many, since the loads of one wait for memory; a software adapter one.
// The order of every sum is fixed.

const size: u32 = 1u; // dimension: blocks
const elements: u32 = 64u; // tunable: of a block
const lanes: u32 = 1u; // tunable

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read> blocks: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> laneSums: array<f32, elements * lanes>;

@compute @workgroup_size(elements * lanes)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let k = group.y * groups.x + group.x;
  if (k >= size) { return; }
  let block = blocks[k];
  let parts = block.z / 128u;
  let count = block.z % 128u;
  let i = min(index % elements, count - 1u); // what is too many adds the last up again
  let run = (parts + lanes - 1u) / lanes;
  let firstPart = index / elements * run;
  var sum = 0.0;
  for (var s = 0u; s < 0x7fffffffu; s++) {
    if ((s >= run) | (firstPart + s >= parts)) { break; }
    sum += partials[block.x + (firstPart + s) * block.y + i];
  }
  if (1u < lanes) { // fold
    laneSums[index] = sum;
    workgroupBarrier();
    sum = 0.0;
    for (var l = 0u; l < lanes; l++) { sum += laneSums[l * elements + index % elements]; }
  }
  if (index < count) { y[block.w + i] = sum; }
}
