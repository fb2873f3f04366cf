/** The SPIR-V that Dawn gives to a Vulkan driver, and which of its instructions are in a loop. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LaunchCode } from "../../src/gpu/compile.ts";

export interface Instruction {
  /** `%name`, or a number after the sign where there is no name. */
  readonly result: string | undefined;
  readonly opcode: string;
  readonly operands: readonly string[];
  /** True between a loop's head and its end, and in every function that is called from there. */
  readonly inLoop: boolean;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const head = "/* Dumped SPIRV disassembly */";

/** The instructions of each shader's functions, as Dawn compiles them with these toggles on. */
export async function compileToSpirv(
  codes: readonly LaunchCode[],
  toggles: readonly string[],
): Promise<Instruction[][]> {
  const output = await dump(codes, toggles);
  const [, ...shaders] = output.split(head);
  const dumped = shaders.map((shader) => /OpEntryPoint GLCompute %(\w+)/.exec(shader)?.[1]);
  const expected = codes.map(({ entryPoint }) => entryPoint);
  if (dumped.join() !== expected.join()) {
    throw new Error(`Dawn's dump: expected the entry points ${expected.join()}, got ${dumped.join()}`);
  }
  return shaders.map(instructionsOf);
}

function dump(codes: readonly LaunchCode[], toggles: readonly string[]): Promise<string> {
  const script = ["scripts/run.mjs", "test/support/dump-shaders.ts", ...toggles];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, script, { cwd: root });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (status) =>
      status === 0 ? resolve(stdout) : reject(new Error(`dump-shaders: expected status 0, got ${status}: ${stderr}`)),
    );
    child.stdin.end(JSON.stringify(codes));
  });
}

/** Reads the disassembly of a module. A function whose call is in a loop counts as in it, with all that it calls. */
export function instructionsOf(disassembly: string): Instruction[] {
  const functions = [...disassembly.matchAll(/^ *(%\w+) = OpFunction [\s\S]*?OpFunctionEnd/gm)].map(
    ([body, name = ""]) => ({ name, body: readFunction(body) }),
  );
  const repeated = new Set<string>();
  for (let before = -1; before < repeated.size;) {
    before = repeated.size;
    for (const { name, body } of functions) {
      for (const { opcode, operands, inLoop } of body) {
        if (opcode === "OpFunctionCall" && (inLoop || repeated.has(name))) repeated.add(operands[1]);
      }
    }
  }
  return functions.flatMap(({ name, body }) =>
    body.map((instruction) => (repeated.has(name) ? { ...instruction, inLoop: true } : instruction)),
  );
}

/** A loop begins at OpLoopMerge, which names the label that stands after it. */
function readFunction(body: string): Instruction[] {
  const ends: string[] = [];
  return body.split("\n").flatMap((line) => {
    const [, result, opcode, rest = ""] = /^ *(?:(%\w+) = )?(Op\w+)(.*)$/.exec(line) ?? [];
    if (!opcode) return [];
    const operands = rest.trim().split(/ +/);
    if (opcode === "OpLoopMerge") ends.push(operands[0]);
    while (opcode === "OpLabel" && ends.length > 0 && ends.at(-1) === result) ends.pop();
    return [{ result, opcode, operands, inLoop: ends.length > 0 }];
  });
}
