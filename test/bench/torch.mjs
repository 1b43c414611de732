/** PyTorch's times for the same work, from torch_update.py on one thread, with whichever Python has torch. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("torch_update.py", import.meta.url));
/** Debian's own Python may stand behind another one on the PATH. */
const PYTHONS = ["python3", "/usr/bin/python3"];
const INSTALL = "apt-get install -y python3-torch libopenblas0-pthread (Debian)";
/** Seconds of a 256×256×256 product: 4 GFLOP/s, which only a BLAS without SIMD falls short of. */
const SLOW_PRODUCT = (2 * 256 ** 3) / 4e9;

/** @type {Map<string, import("./measure.mjs").Timing> | undefined} */
let timings;

/**
 * Measures PyTorch, once in a process.
 * @param {import("./bench.mjs").Context} context whose report is told if there is none
 * @returns {(name: string) => import("./measure.mjs").Timing[]} the timing of a case of torch_update.py, or nothing
 */
export function torchTimings({ report, isQuick, isCpuTime }) {
  if (!timings) {
    timings = measured([...(isQuick ? ["--quick"] : []), ...(isCpuTime ? ["--cpu"] : [])]);
    if (timings.size === 0) report.note(`  PyTorch is not installed, so its times are missing: ${INSTALL}`);
    else if (timings.get("matmul 256×256×256").min > SLOW_PRODUCT)
      report.note(`  PyTorch is on a slow BLAS, so its times flatter ours: ${INSTALL}`);
  }
  return (name) => (timings.has(name) ? [timings.get(name)] : []);
}

function measured(flags) {
  const python = PYTHONS.find((command) => spawnSync(command, ["-c", "import torch"]).status === 0);
  if (!python) return new Map();
  const { stdout, stderr, status } = spawnSync(python, [SCRIPT, ...flags], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${python} ${SCRIPT} failed:\n${stderr}`);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return new Map(lines.map(({ case: name, ...seconds }) => [name, { name: "PyTorch, one thread", ...seconds }]));
}
