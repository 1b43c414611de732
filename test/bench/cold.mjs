/** How long a policy takes from nothing to its first action, in a Node that has just started: import, load, act. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spread } from "./measure.mjs";

const LOADER = new URL("../../dist/policy/index.js", import.meta.url);
const ACT = "act([0.01, 0.2, -0.02, -0.3])";

/** What stands between two looks at the clock, by name; importing an empty module is what Node takes for any. */
const PROGRAMS = {
  "lanewise/policy": `(await (await import("${LOADER}")).loadPolicy(new URL("policy.safetensors", import.meta.url))).${ACT}`,
  "exported js": `(await import("./policy.mjs")).policy.${ACT}`,
  "an empty module": 'await import("./empty.mjs")',
};

/**
 * Seconds of each of them, every sample in a process of its own; they take turns.
 * @param {Uint8Array} file a policy
 * @param {Uint8Array} script its export as `js`
 */
export function coldStarts(file, script, samples) {
  const folder = mkdtempSync(join(tmpdir(), "lanewise-cold-"));
  const put = (name, content) => writeFileSync(join(folder, name), content);
  try {
    put("policy.safetensors", file);
    put("policy.mjs", script);
    put("empty.mjs", "");
    const runs = Object.entries(PROGRAMS).map(([name, code], i) => {
      put(`${i}.mjs`, `const start = performance.now(); ${code}; console.log(performance.now() - start);`);
      return { name, path: join(folder, `${i}.mjs`), seconds: [] };
    });
    for (let i = 0; i < samples; i++) {
      for (const { path, seconds } of runs) seconds.push(Number(execFileSync(process.execPath, [path])) / 1000);
    }
    return runs.map(({ name, seconds }) => ({ name, ...spread(seconds) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
