/**
 * Steps per second of every compiled environment, against its scalar twin and against the same physics in plain JavaScript.
 * All read the same random actions, drawn beforehand; resets and their random numbers are included.
 */
import { environments } from "../../dist/envs/registry.js";
import { actionColumn, makeVec } from "../../dist/envs/vec-env.js";
import { column } from "../../dist/wasm/heap.js";
import { race, randomNumbers } from "./measure.mjs";
import { rate } from "./report.mjs";

const LANES = [1, 8, 1024, 16384];
/** Environment steps in one measured run, at least. */
const STEPS = 4096;
/** Action numbers that are kept (1 MiB), in at least 16 rows, at most 1024. */
const ACTIONS = 2 ** 18;

/** @param {import("./bench.mjs").Context} context */
export async function benchEnvironments({ report, budget }) {
  report.part("environments", "steps with random actions, autoreset included; steps/s");
  for (const spec of Object.values(environments)) {
    if (!("module" in spec)) continue;
    for (const numEnvs of LANES)
      report.group(`${spec.id}, N = ${numEnvs}`, rate("M/s", 1e6), race(await contenders(spec, numEnvs), budget));
  }
}

async function contenders(spec, numEnvs) {
  const rows = actionRows(spec, numEnvs);
  const scalar = { ...spec, module: new URL(spec.module.href.replace(/\.wasm$/, ".scalar.wasm")) };
  const found = [await compiled("four lanes", spec, numEnvs, rows), await compiled("scalar twin", scalar, numEnvs, rows)];
  const plain = await plainJavaScript(spec.id, numEnvs, rows);
  return plain ? [...found, plain] : found;
}

/** Rows `[N]` or `[N,A]` of random actions. */
function actionRows({ actionSpace }, numEnvs) {
  const random = randomNumbers(1);
  const isDiscrete = actionSpace.kind === "discrete";
  const width = isDiscrete ? 1 : actionSpace.low.length;
  const count = Math.min(1024, Math.max(16, Math.floor(ACTIONS / (numEnvs * width))));
  const draw = (i) => {
    if (isDiscrete) return Math.floor(random() * actionSpace.n);
    const [low, high] = [actionSpace.low[i % width], actionSpace.high[i % width]];
    return low + (high - low) * random();
  };
  const Row = isDiscrete ? Int32Array : Float32Array;
  return Array.from({ length: count }, () => Row.from({ length: numEnvs * width }, (_, i) => draw(i)));
}

/** The kernel that a rollout calls, on a heap of its own. */
async function compiled(name, spec, numEnvs, rows) {
  const env = await makeVec(spec, { numEnvs });
  const width = spec.observationSpace.low.length;
  const actions = rows.map((row) => {
    const made = actionColumn(env.heap, [numEnvs], spec);
    made.data.set(row);
    return made.address;
  });
  const [observation, final] = [column(env.heap, [numEnvs, width]), column(env.heap, [numEnvs, width])];
  const [reward, terminated, truncated] = [0, 1, 2].map(() => column(env.heap, [numEnvs]).address);
  env.resetInto(observation.address, 7);
  const { stepFunction: step, address } = env;
  const steps = Math.ceil(STEPS / numEnvs);
  let at = 0;
  const run = () => {
    let ended = 0;
    for (let i = 0; i < steps; i++) {
      ended += step(address, actions[at], observation.address, reward, terminated, truncated, final.address);
      at = at + 1 < actions.length ? at + 1 : 0;
    }
    return ended;
  };
  return { name, run, work: steps * numEnvs };
}

/** Typed arrays and one loop, in a copy of the module that V8 specialises to this environment; nothing if it has no such twin. */
async function plainJavaScript(id, numEnvs, rows) {
  const { makeVector, twins } = await import(`./twins.mjs?${id}`);
  if (!twins[id]) return undefined;
  const vector = makeVector(twins[id], numEnvs, randomNumbers(7));
  const steps = Math.ceil(STEPS / numEnvs);
  let at = 0;
  const run = () => {
    let ended = 0;
    for (let i = 0; i < steps; i++) {
      ended += vector.step(rows[at]).terminated[0];
      at = at + 1 < rows.length ? at + 1 : 0;
    }
    return ended;
  };
  return { name: "plain JS", run, work: steps * numEnvs };
}
