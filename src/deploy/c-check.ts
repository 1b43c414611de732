/** Compiles an exported C header, warnings being errors, and acts with it; where there is a compiler. */
import { isNode } from "../core/host.js";
import type { Trials } from "./observations.js";
import { type Acted, refuse } from "./parity.js";
import type { Plan } from "./plan.js";

const COMPILERS = ["cc", "gcc"];
/** Bytes; far more than any policy gives. */
const MOST_OUTPUT = 2 ** 30;
const FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1"];

/** Reads rows of frames from stdin; writes each row's outputs, then its action, as floats. */
const DRIVER = `#include <stdio.h>
#include "policy.h"
int main(void) {
  policy_memory memory;
  float row[POLICY_FRAMES * POLICY_SIZE], outputs[POLICY_ACTIONS], action[POLICY_ACTIONS];
  const int count = POLICY_VECTORS ? POLICY_ACTIONS : 1;
  while (fread(row, sizeof row, 1, stdin) == 1) {
    int frame;
    policy_reset(&memory);
    for (frame = 0; frame < POLICY_FRAMES; frame++) {
#if POLICY_VECTORS
      policy_act(&memory, row + frame * POLICY_SIZE, action);
#else
      action[0] = (float)policy_act(&memory, row + frame * POLICY_SIZE);
#endif
    }
    policy_outputs(&memory, outputs);
    if (fwrite(outputs, sizeof outputs, 1, stdout) != 1 || fwrite(action, sizeof(float), (size_t)count, stdout) != (size_t)count) return 1;
  }
  return 0;
}
`;

/** What the header does; or a line that says why that couldn't be seen. */
export async function runHeader(header: string, plan: Plan, { rows, data }: Trials): Promise<Acted | string> {
  if (!isNode()) return "no C compiler can be run here";
  const [{ mkdtemp, rm, writeFile }, { tmpdir }, { join }] = await Promise.all([
    import("node:fs/promises"),
    import("node:os"),
    import("node:path"),
  ]);
  const folder = await mkdtemp(join(tmpdir(), "lanewise-c-"));
  try {
    await writeFile(join(folder, "policy.h"), header);
    await writeFile(join(folder, "main.c"), DRIVER);
    const output = await compileAndRun(
      join(folder, "main.c"),
      join(folder, "main"),
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    return typeof output === "string" ? output : actedFrom(new Float32Array(output.buffer), plan, rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the program writes for the input; or why it can't be made or run. One that doesn't compile, or fails, is refused. */
async function compileAndRun(source: string, program: string, input: Uint8Array): Promise<Uint8Array<ArrayBuffer> | string> {
  const { spawnSync } = await import("node:child_process");
  const compiler = COMPILERS.find((name) => spawnSync(name, ["--version"]).status === 0);
  if (compiler === undefined) return `no C compiler found (looked for ${COMPILERS.join(" and ")})`;
  const { status, stderr } = spawnSync(compiler, [...FLAGS, "-o", program, source], { encoding: "utf8" });
  if (status !== 0) refuse("c", `it doesn't compile: ${stderr.split("\n").find((line) => line.includes("error")) ?? stderr}`);
  const run = spawnSync(program, { input, maxBuffer: MOST_OUTPUT });
  if (run.error) return `the compiled header can't be run here: ${run.error.message}`;
  if (run.status !== 0) refuse("c", `it ends with status ${run.status}`);
  return new Uint8Array(run.stdout);
}

/** Outputs and actions stand side by side in each row. */
function actedFrom(numbers: Float32Array, { actions, vector }: Plan, rows: number): Acted {
  const width = actions + (vector ? actions : 1);
  if (numbers.length !== rows * width) refuse("c", `it gives ${numbers.length} numbers, not ${rows * width}`);
  return { outputs: numbers.filter((_, i) => i % width < actions), actions: numbers.filter((_, i) => i % width >= actions) };
}
