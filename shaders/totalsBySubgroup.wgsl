// totalsBySubgroup: sums over the invocations of a workgroup that is one subgroup.
//
//   totalOf(lane, v) = sum of v over the lanes, in the adapter's order, which is the same each time
//
// The file that includes it declares `lanes`, the invocations of a workgroup and of a subgroup, and `columns`, which is 1.
// On software adapters a barrier costs more than the sum: all that an invocation holds is put aside and fetched again.

enable subgroups;

const_assert columns == 1u;

fn totalOf(lane: u32, value: vec2f) -> vec2f {
  return subgroupAdd(value);
}
