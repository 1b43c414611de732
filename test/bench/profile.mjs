/**
 * Where a PPO update's time goes: each kernel call of the recorded program on its own, then clipping and Adam, and what the same
 * update takes on top where TensorFlow.js's engine runs it call by call.
 */
import * as tf from "@tensorflow/tfjs";
import { startBackend } from "../../dist/nn/backend.js";
import { column } from "../../dist/wasm/heap.js";
import { race } from "./measure.mjs";
import { LEARNING_RATE, ppoUpdate, withoutReplay } from "./ppo-update.mjs";

const BATCHES = [64, 256, 2048, 8192];
/** Rows of kernels that are shown. */
const SHOWN = 12;

/** @param {import("./bench.mjs").Context} context */
export async function profile({ report, budget }) {
  const backend = await startBackend("wasm");
  for (const batch of BATCHES) {
    report.part(`profile of a PPO update, batch ${batch}`, "calls, the least µs that all of them take together, share of the update");
    const totals = racedTotals(backend, batch, budget);
    const kernels = byKernel(timedCalls(record(backend, batch), batch, budget));
    report.table(rowsOf(kernels, totals));
  }
  backend.dispose();
}

/** The least seconds of the whole update replayed, of its kernels, of clipping and Adam, and of the ordinary path. */
function racedTotals(backend, batch, budget) {
  const program = record(backend, batch);
  const replayed = ppoUpdate(backend, batch);
  const ordinary = withoutReplay(ppoUpdate(backend, batch));
  const gradients = replayed.network.parameters.list.map((parameter) => column(backend.heap, parameter.column.shape).address);
  const contenders = [
    contender("update", () => replayed.updates.step(LEARNING_RATE)),
    contender("kernels", () => program.replay()),
    contender("optimizer", () => replayed.optimizer.step(gradients, LEARNING_RATE)),
    contender("ordinary", () => ordinary.updates.step(LEARNING_RATE)),
  ];
  const timings = race(contenders, { ...budget, rounds: roundsFor(batch, budget), sample: 0 });
  return Object.fromEntries(timings.map(({ name, min }) => [name, min]));
}

function contender(name, step) {
  const run = () => {
    step();
    return 1;
  };
  return { name, run, work: 1 };
}

/** Many rounds of one update each, fewer of the long ones. */
function roundsFor(batch, { rounds }) {
  return Math.ceil(rounds * Math.min(20, Math.max(1, 5120 / batch)));
}

/** Forward and backward of one update as the recorder sees them. */
function record(backend, batch) {
  const { network, loss } = ppoUpdate(backend, batch);
  const work = () => tf.tidy(() => tf.dispose(tf.valueAndGrads(() => loss().loss)(network.parameters.tensors).grads));
  const { program, obstacle } = backend.record(work);
  if (!program) throw new Error(`the update can't be recorded: ${obstacle}`);
  return program;
}

/** Each call with its seconds: the fastest of many rounds through the program, repeated within a round where the clock is too coarse. */
function timedCalls({ calls }, batch, budget) {
  const repeats = Math.max(1, Math.floor(4096 / batch));
  const best = calls.map(() => Number.POSITIVE_INFINITY);
  for (let round = roundsFor(batch, budget); round > 0; round--) {
    calls.forEach(({ run, args }, i) => {
      const start = performance.now();
      for (let repeat = 0; repeat < repeats; repeat++) run(...args);
      best[i] = Math.min(best[i], (performance.now() - start) / 1000 / repeats);
    });
  }
  return calls.map((call, i) => ({ ...call, seconds: best[i] }));
}

/** What identifies a kernel in the table, and its floating-point operations where they are worth counting. */
const SHAPED = {
  DenseForward: (args) => ({ rows: args[4], inputs: args[5], outputs: args[6], results: [] }),
  DenseBackward: ([dx, dw, , , , , , rows, inputs, outputs]) => ({
    rows,
    inputs,
    outputs,
    results: [...(dw ? ["dw"] : []), ...(dx ? ["dx"] : [])],
  }),
};

function describe({ name, args }) {
  const shape = SHAPED[name]?.(args);
  if (!shape) return { label: name, operations: 0 };
  const { rows, inputs, outputs, results } = shape;
  const operations = 2 * Math.max(1, results.length) * rows * inputs * outputs;
  return { label: [name, `${inputs}→${outputs}`, ...results].join(" "), operations };
}

/** Calls of one kernel (and shape) together, the slowest first; those that hardly count in one row. */
function byKernel(calls) {
  const kernels = new Map();
  for (const call of calls) {
    const { label, operations } = describe(call);
    const kernel = kernels.get(label) ?? { label, calls: 0, seconds: 0, operations: 0 };
    kernels.set(label, kernel);
    kernel.calls++;
    kernel.seconds += call.seconds;
    kernel.operations += operations;
  }
  const sorted = [...kernels.values()].sort((a, b) => b.seconds - a.seconds);
  const [shown, rest] = [sorted.slice(0, SHOWN), sorted.slice(SHOWN)];
  return [...shown, { label: rest.map(({ label }) => label).join(" "), ...totalOf(rest) }];
}

function totalOf(kernels) {
  const sum = (key) => kernels.reduce((total, kernel) => total + kernel[key], 0);
  return { calls: sum("calls"), seconds: sum("seconds") };
}

function rowsOf(kernels, { update, kernels: replay, optimizer, ordinary }) {
  const rows = [
    ...kernels,
    { label: "— all kernels, timed one by one", ...totalOf(kernels) },
    { label: "— all kernels, replayed", calls: totalOf(kernels).calls, seconds: replay },
    { label: "— clipping and Adam", seconds: optimizer },
    { label: "= replayed update", seconds: update },
    { label: "+ engine overhead of the ordinary path", seconds: ordinary - update },
  ];
  return rows.map((row) => ({ ...row, share: row.seconds / update }));
}
