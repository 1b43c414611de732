#!/usr/bin/env node
/**
 * Benchmarks: `npm run bench -- [--only PART]… [--quick] [--cpu] [--json]`, or `--profile` for where an update's time goes.
 * Every figure stands beside a baseline from the same run: medians, with the smallest and the largest of all rounds, and how many
 * times faster ours is. `--cpu` counts processor time, for a machine that is busy with other things. Absolute figures are this
 * machine's; ratios travel.
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { benchActing } from "./acting.mjs";
import { benchDqnUpdate } from "./dqn-update.mjs";
import { benchEdge } from "./edge.mjs";
import { benchEnvironments } from "./environments.mjs";
import { benchMatMul } from "./matmul.mjs";
import { BUDGETS, checksum, useCpuTime } from "./measure.mjs";
import { profile } from "./profile.mjs";
import { benchReplay } from "./replay.mjs";
import { Report } from "./report.mjs";
import { benchRollout } from "./rollout.mjs";
import { benchSacUpdate } from "./sac-update.mjs";
import { benchThreads } from "./threads.mjs";
import { benchTraining } from "./training.mjs";
import { benchUpdate } from "./update.mjs";
import { benchWorkers } from "./workers.mjs";

/**
 * @typedef {object} Context what every part is given
 * @property {Report} report
 * @property {import("./measure.mjs").Budget} budget
 * @property {boolean} isQuick
 * @property {boolean} isCpuTime whether times are of the processor instead of the wall clock
 */

/** @type {Readonly<Record<string, (context: Context) => Promise<void>>>} */
const PARTS = {
  environments: benchEnvironments,
  rollout: benchRollout,
  replay: benchReplay,
  update: benchUpdate,
  threads: benchThreads,
  "dqn-update": benchDqnUpdate,
  "sac-update": benchSacUpdate,
  matmul: benchMatMul,
  acting: benchActing,
  edge: benchEdge,
  workers: benchWorkers,
  training: benchTraining,
};

function options() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      quick: { type: "boolean", default: false },
      cpu: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
    },
  });
  const only = values.only ?? Object.keys(PARTS);
  const unknown = only.find((part) => !Object.hasOwn(PARTS, part));
  if (unknown !== undefined) throw new RangeError(`there is no part "${unknown}"; the parts are ${Object.keys(PARTS).join(", ")}`);
  return { ...values, parts: values.profile ? [profile] : only.map((part) => PARTS[part]) };
}

async function run({ quick: isQuick, cpu: isCpuTime, json, parts }) {
  if (isCpuTime) useCpuTime();
  const report = new Report(json);
  const [load] = loadavg();
  report.note(`${cpus()[0]?.model}, ${cpus().length} cores with a load of ${load.toFixed(1)} before the start, Node ${process.version}`);
  for (const part of parts) await part({ report, budget: BUDGETS[isQuick ? "quick" : "full"], isQuick, isCpuTime });
  report.end(checksum());
}

let given;
try {
  given = options();
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
await run(given);
