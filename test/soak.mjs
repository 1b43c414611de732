/**
 * Trains for a long time and watches memory: `node test/soak.mjs --minutes 30`, after a build. Runs of several algorithms follow each other,
 * on backends that change, with checkpoints, policies and evaluations. Prints what is in use every 10 s; ends with a verdict and exit code 1
 * if memory grows. What is judged are samples between rounds, after a collection of garbage: all rounds do the same.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs";
import { evaluate, loadPolicy, train } from "../dist/index.js";

const MIB = 2 ** 20;
const INTERVAL = 10_000;
/** Share of the rounds that may still grow: code is compiled, pools fill. */
const WARM_UP = 1 / 3;
/** Growth an hour that is called flat, in the units that are printed. It counts where it lies two standard errors below the slope. */
const BOUNDS = { rss: 48, heapUsed: 6, external: 12, wasm: 4, tensors: 1 };
/** The algorithms in turn, each with what others don't have; long enough that all of them update. */
const RUNS = [
  { algo: "ppo", env: "CartPole-v1", totalSteps: 4096, normalizeReward: true },
  { algo: "ppo", env: "Pendulum-v1", totalSteps: 4096, workers: 2, normalizeObservation: true },
  { algo: "dqn", env: "CartPole-v1", totalSteps: 1000, prioritised: true, bufferSize: 500, learningStarts: 200, hidden: [32, 32] },
  { algo: "ppo", env: "CartPole-v1", totalSteps: 512, steps: 64, numEnvs: 4, batchSize: 256, epochs: 1, hidden: [8], backend: "cpu" },
  { algo: "sac", env: "Pendulum-v1", totalSteps: 400, bufferSize: 200, learningStarts: 100, hidden: [32, 32] },
  { algo: "trpo", env: "CartPole-v1", totalSteps: 4096 },
];

const { values } = parseArgs({ options: { minutes: { type: "string", default: "30" } } });
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");
const start = performance.now();
const minutes = () => (performance.now() - start) / 60_000;
let wasm = 0;

function sample() {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { memory } = tf.getBackend() === "wasm" ? tf.backend().wasm.asm : {};
  if (memory) wasm = memory.buffer.byteLength / MIB; // of the backend that was last seen
  return { minutes: minutes(), rss: rss / MIB, heapUsed: heapUsed / MIB, external: external / MIB, wasm, tensors: tf.memory().numTensors };
}

function show(what, { minutes: at, rss, heapUsed, external, wasm: memory, tensors }) {
  const figures = [rss, heapUsed, external, memory].map((value) => value.toFixed(1).padStart(8)).join("");
  console.log(
    `${at.toFixed(1).padStart(6)} min  rss, heap, external, wasm MiB:${figures}  tensors ${String(tensors).padStart(4)}  ${what}`,
  );
}

/** One checkpoint at a time, in memory. */
function newestOnly() {
  const files = new Map();
  return {
    name: "memory",
    list: async () => [...files.keys()],
    read: async (name) => files.get(name),
    write: async (name, bytes) => void files.set(name, bytes),
    remove: async (name) => void files.delete(name),
  };
}

async function trainOnce(options, seed) {
  const run = train({ ...options, seed, checkpoint: { store: newestOnly(), every: 1000, keep: 1 } });
  for await (const _ of run);
  const policy = await loadPolicy(await (await run.policy()).bytes());
  await evaluate(policy, { episodes: 4 });
}

/** The slope of a least-squares line through the samples, per hour, and its standard error. */
function slopeOf(samples, name) {
  const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const [hours, sizes] = [samples.map(({ minutes: at }) => at / 60), samples.map((one) => one[name])];
  const [x0, y0] = [mean(hours), mean(sizes)];
  const spread = hours.reduce((sum, x) => sum + (x - x0) ** 2, 0);
  const slope = hours.reduce((sum, x, i) => sum + (x - x0) * (sizes[i] - y0), 0) / spread;
  const squares = hours.reduce((sum, x, i) => sum + (sizes[i] - y0 - slope * (x - x0)) ** 2, 0);
  return { slope, error: Math.sqrt(squares / (hours.length - 2) / spread) };
}

const rounds = [];
let current = "";
const printer = setInterval(() => show(current, sample()), INTERVAL);
while (minutes() < Number(values.minutes)) {
  for (const options of RUNS) {
    current = `round ${rounds.length + 1}, ${options.algo} on ${options.env}`;
    await trainOnce(options, rounds.length);
    await sleep(0); // the printer's turn
  }
  collectGarbage();
  rounds.push(sample());
}
clearInterval(printer);

const judged = rounds.slice(Math.ceil(rounds.length * WARM_UP));
if (judged.length < 4) throw new Error(`${judged.length} rounds after warm-up say nothing; give more --minutes`);
show("after warm-up", judged[0]);
show("at the end", judged.at(-1));
const grown = Object.entries(BOUNDS).filter(([name, bound]) => {
  const { slope, error } = slopeOf(judged, name);
  const grows = slope - 2 * error > bound;
  console.log(`${name}: ${slope.toFixed(1)} ± ${error.toFixed(1)} an hour, at most ${bound}: ${grows ? "GROWS" : "flat"}`);
  return grows;
});
console.log(`${rounds.length} rounds in ${minutes().toFixed(1)} minutes: ${grown.length > 0 ? "memory grows" : "memory is flat"}`);
process.exit(grown.length > 0 ? 1 : 0);
