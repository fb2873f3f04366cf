// totalsByMemory: sums over the invocations of a workgroup, through its memory.
//
//   totalOf(lane, v) = sum of v over the lanes that have the same remainder by `columns`, in the order of the lanes
//
// The file that includes it declares `lanes`, the invocations of a workgroup, and `columns`, which divides it. All of
// them call it alike, since there are barriers in it. totalsBySubgroup.wgsl does the same without.

var<workgroup> laneValues: array<vec2f, lanes>;
var<workgroup> totals: array<vec2f, columns>;

fn totalOf(lane: u32, value: vec2f) -> vec2f {
  laneValues[lane] = value;
  workgroupBarrier();
  if (lane < columns) {
    var sum = vec2f();
    for (var l = 0u; l < lanes / columns; l++) { sum += laneValues[l * columns + lane % columns]; }
    totals[lane] = sum;
  }
  workgroupBarrier();
  return totals[lane % columns];
}
