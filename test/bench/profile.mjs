/**
 * Where an update's time goes: each kernel call of the programs that it recorded, then clipping and Adam and whatever else follows them,
 * and what the same update takes on top where TensorFlow.js's engine runs it call by call. GFLOP/s count the zeros behind a relu too, which
 * kernels skip.
 */
import { STOCK_KERNELS, startBackend } from "../../dist/nn/backend.js";
import { dqnUpdate } from "./dqn-update.mjs";
import { race } from "./measure.mjs";
import { LEARNING_RATE, ppoUpdate } from "./ppo-update.mjs";
import { SAC_CASES, sacUpdate } from "./sac-update.mjs";

/** What is profiled: the rows of its minibatch, and its step on a backend. */
const SUBJECTS = [
  ...[64, 256, 2048, 8192].map((rows) => ({ name: `a PPO update, batch ${rows}`, rows, stepOn: (backend) => ppoStep(backend, rows) })),
  ...[64, 256].map((width) => ({
    name: `a DQN update, ${width}-${width}, batch 64`,
    rows: 64,
    stepOn: (backend) => learning(dqnUpdate(backend, [width, width])),
  })),
  ...SAC_CASES.map((sizes) => ({
    name: `a SAC update, ${sizes.hidden.join("-")}, batch ${sizes.batchSize}`,
    rows: sizes.batchSize,
    stepOn: (backend) => learning(sacUpdate(backend, sizes)),
  })),
];
/** Rows of kernels that are shown. */
const SHOWN = 12;

/** @param {import("./bench.mjs").Context} context */
export async function profile({ report, budget }) {
  const backend = await startBackend("wasm");
  for (const { name, rows, stepOn } of SUBJECTS) {
    report.part(`profile of ${name}`, "calls, the least µs that all of them take together, share of the update");
    const { step, programs } = recorded(backend, stepOn);
    const totals = racedTotals(step, programs, stepOn(withoutRecording(backend)), rows, budget);
    const calls = programs.flatMap((program) => program.calls);
    report.table(rowsOf(byKernel(timedCalls(calls, rows, budget)), totals));
  }
  backend.dispose();
}

function ppoStep(backend, rows) {
  const { updates } = ppoUpdate(backend, rows);
  return () => updates.step(LEARNING_RATE);
}

function learning({ steps }) {
  return () => steps.learn(0);
}

/** A step that has run once, with the programs that it then recorded. */
function recorded(backend, stepOn) {
  const programs = [];
  const listening = {
    ...backend,
    record(work) {
      const { program, obstacle, ...rest } = backend.record(work);
      if (!program) throw new Error(`the update can't be recorded: ${obstacle}`);
      programs.push(program);
      return { program, ...rest };
    },
  };
  const step = stepOn(listening);
  step();
  return { step, programs };
}

/** The same backend, on which everything takes the ordinary path. */
function withoutRecording(backend) {
  return { ...backend, record: (work) => ({ result: work(), program: undefined, obstacle: STOCK_KERNELS }) };
}

/** The least seconds of the whole update replayed, of its kernels, and of the ordinary path. */
function racedTotals(step, programs, ordinary, rows, budget) {
  const replay = () => {
    for (const program of programs) program.replay();
  };
  const contenders = [contender("update", step), contender("kernels", replay), contender("ordinary", ordinary)];
  const timings = race(contenders, { ...budget, rounds: roundsFor(rows, budget), sample: 0 });
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
function roundsFor(rows, budget) {
  return Math.ceil(budget.rounds * Math.min(20, Math.max(1, 5120 / rows)));
}

/** Each call with its seconds: the fastest of many rounds through the program, repeated within a round where the clock is too coarse. */
function timedCalls(calls, rows, budget) {
  const repeats = Math.max(1, Math.floor(4096 / rows));
  const best = calls.map(() => Number.POSITIVE_INFINITY);
  for (let round = roundsFor(rows, budget); round > 0; round--) {
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

function rowsOf(kernels, { update, kernels: replay, ordinary }) {
  const rows = [
    ...kernels,
    { label: "— all kernels, timed one by one", ...totalOf(kernels) },
    { label: "— all kernels, replayed", calls: totalOf(kernels).calls, seconds: replay },
    { label: "— clipping, Adam, and what else follows", seconds: update - replay },
    { label: "= replayed update", seconds: update },
    { label: "+ engine overhead of the ordinary path", seconds: ordinary - update },
  ];
  return rows.map((row) => ({ ...row, share: row.seconds / update }));
}
