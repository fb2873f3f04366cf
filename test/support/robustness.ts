/**
 * What Dawn adds to a shader so that it ends and stays in bounds, by comparing what it compiles with and without
 * `disable_robustness`. What the shader itself writes, such as a min(), is in both and so does not count.
 */
import type { LaunchCode } from "../../src/gpu/compile.ts";
import { compileToSpirv, type Instruction } from "./spirv.ts";

/** Instructions added to the loops of a shader, or to all of it if it has no loop. */
export interface Added {
  /** Loops with a 64-bit counter, a vec2u that counts down to 0 and then leaves: the compiler saw no end of the loop. */
  readonly guards: number;
  /** Clamps of an index into an array that is not in storage: the compiler did not see that it is in bounds. */
  readonly clamps: number;
  /**
   * Clamps of an index into a storage buffer: none where the driver checks bounds itself (Vulkan's robustBufferAccess2),
   * else one wherever the compiler does not see the index in bounds; never in an array without a length.
   */
  readonly storageClamps: number;
  /** Shuffles and broadcasts whose lane is held to the subgroup's size: WGSL wants it so, and no shader can avoid it. */
  readonly laneChecks: number;
  /** All other instructions, such as those that keep a guard's count. */
  readonly others: number;
}

/** What is added to each shader. */
export async function addedTo(codes: readonly LaunchCode[]): Promise<Added[]> {
  const [robust, bare] = await Promise.all([compileToSpirv(codes, []), compileToSpirv(codes, ["disable_robustness"])]);
  return robust.map((instructions, i) => difference(countOf(instructions), countOf(bare[i])));
}

interface Count {
  readonly guards: number;
  readonly minima: number;
  /** Minima that are the index of an access to storage. */
  readonly storageMinima: number;
  readonly arrayLengths: number;
  readonly shuffles: number;
  readonly laneChecks: number;
  readonly all: number;
}

function countOf(instructions: readonly Instruction[]): Count {
  const guards = instructions.filter(
    ({ result, opcode }) => opcode === "OpVariable" && /^%tint_loop_idx(_\d+)?$/.test(result ?? ""),
  );
  const inLoop = instructions.filter((instruction) => instruction.inLoop);
  const counted = inLoop.length > 0 ? inLoop : instructions;
  const minima = new Map(instructions.filter(isMinimum).map(({ result = "", operands }) => [result, operands]));
  const storageMinima = counted
    .filter(({ opcode, operands }) => opcode === "OpAccessChain" && operands[0].startsWith("%_ptr_StorageBuffer_"))
    .flatMap(({ operands }) => operands.slice(2).map((index) => nestedMinima(index, minima)));
  return {
    guards: guards.length,
    minima: counted.filter(isMinimum).length,
    storageMinima: storageMinima.reduce((sum, count) => sum + count, 0),
    arrayLengths: counted.filter(({ opcode }) => opcode === "OpArrayLength").length,
    shuffles: counted.filter(({ opcode }) => opcode === "OpGroupNonUniformShuffle").length,
    laneChecks: counted.filter(({ opcode, operands }) => opcode === "OpLoad" && operands.includes(lastLane)).length,
    all: counted.length,
  };
}

const lastLane = "%tint_subgroup_last_id";

const isMinimum = ({ opcode, operands }: Instruction): boolean => opcode === "OpExtInst" && operands[2] === "UMin";

/** How many minima an index is: min(min(i, a), b) is two. */
function nestedMinima(index: string, minima: ReadonlyMap<string, readonly string[]>): number {
  const operands = minima.get(index);
  return operands ? 1 + nestedMinima(operands[3], minima) + nestedMinima(operands[4], minima) : 0;
}

/**
 * With the length of a storage array that has none come an access chain to it and the length less one; with the last lane
 * a minimum, for a shuffle, or a comparison and a choice, for a broadcast.
 */
function difference(robust: Count, bare: Count): Added {
  const minima = robust.minima - bare.minima;
  const storageClamps = robust.storageMinima - bare.storageMinima;
  const laneChecks = robust.laneChecks - bare.laneChecks;
  const shuffles = Math.min(laneChecks, robust.shuffles);
  const lengths = 3 * (robust.arrayLengths - bare.arrayLengths);
  return {
    guards: robust.guards - bare.guards,
    clamps: minima - storageClamps - shuffles,
    storageClamps,
    laneChecks,
    others: robust.all - bare.all - minima - lengths - laneChecks - 2 * (laneChecks - shuffles),
  };
}
