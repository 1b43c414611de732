/**
 * Whole runs with their presets: learning alone, evaluation excluded. Beside seconds they are given as multiples of PyTorch's time for
 * one batch-256 PPO update on the same machine, which is what makes runs on unlike machines comparable.
 */
import { train } from "../../dist/index.js";
import { consume, now, spread } from "./measure.mjs";
import { rate } from "./report.mjs";
import { torchTimings } from "./torch.mjs";

/**
 * Seconds of learn() in Stable-Baselines3 2.x (TRPO: sb3-contrib) with RL Zoo's hyperparameters, medians of three seeds on one core of a
 * two-core x86-64 server, where PyTorch's update takes 1.31 ms; and the share of it that we mean to stay below.
 */
const REFERENCE_UPDATE = 1.31e-3;
const RUNS = [
  { algo: "ppo", env: "CartPole-v1", steps: 100_000, reference: 17.52, share: 3800 / (17.52 / REFERENCE_UPDATE) },
  { algo: "trpo", env: "CartPole-v1", steps: 100_000, reference: 22.6, share: 1 / 3 },
  { algo: "a2c", env: "CartPole-v1", steps: 500_000, reference: 39.7, share: 1 / 3 },
  { algo: "dqn", env: "CartPole-v1", steps: 50_000, reference: 36, share: 1 / 3 },
  // With the Zoo's sizes: our preset takes smaller ones.
  { algo: "sac", env: "Pendulum-v1", steps: 20_000, reference: 237, share: 1, options: { hidden: [256, 256], batchSize: 256 } },
];

/** Settings that RLtools publishes, and the steps in the time of one PyTorch update that we mean to pass: 2.6, and 200,000 a second there. */
const RATES = [
  {
    name: "sac Pendulum-v1, 64-64, batch 100, one update a step",
    options: { algo: "sac", env: "Pendulum-v1", hidden: [64, 64], batchSize: 100, totalSteps: 5000 },
    target: 2.6,
  },
  {
    name: "ppo Pendulum-v1, 4 × 1,024 steps, batch 256, 2 epochs, 64-64",
    options: { algo: "ppo", env: "Pendulum-v1", numEnvs: 4, steps: 1024, batchSize: 256, epochs: 2, hidden: [64, 64], totalSteps: 81_920 },
    target: 200_000 * REFERENCE_UPDATE,
  },
];

const STOCK_STEPS = 20_000; // the stock kernels take too long for more
const QUICK_SHARE = 0.2;

/** @param {import("./bench.mjs").Context} context */
export async function benchTraining(context) {
  const { report, isQuick } = context;
  report.part("training", "whole runs with their presets; environment steps/s");
  const torch = torchTimings(context)("ppo update, batch 256");
  for (const { algo, env, steps, reference, share, options = {} } of RUNS) {
    const totalSteps = isQuick ? steps * QUICK_SHARE : steps;
    const ours = await runs("lanewise kernels", { algo, env, totalSteps, ...options }, isQuick ? [1] : [1, 2, 3]);
    const stock = algo === "ppo" ? [await runs("stock kernels", { algo, env, totalSteps: STOCK_STEPS, kernels: "stock" }, [1])] : [];
    report.group(`${algo} ${env}, ${totalSteps.toLocaleString("en")} steps`, rate("steps/s", 1), [ours, ...stock]);
    for (const { median } of torch) {
      const updates = (ours.median * steps) / median;
      const target = (share * reference) / REFERENCE_UPDATE;
      report.figure(
        `${steps.toLocaleString("en")} steps in PyTorch batch-256 updates`,
        updates,
        "updates",
        `target ${target.toFixed(0)} at most`,
      );
      const remark = `ours is ${(reference / REFERENCE_UPDATE / updates).toFixed(1)}× faster`;
      report.figure("… Stable-Baselines3, measured elsewhere", reference / REFERENCE_UPDATE, "updates", remark);
    }
  }
  for (const { name, options, target } of RATES) {
    const ours = await runs("lanewise kernels", options, [1]);
    report.group(name, rate("steps/s", 1), [ours]);
    for (const { median } of torch) {
      report.figure(
        "steps in the time of a PyTorch batch-256 update",
        median / ours.median,
        "steps",
        `target ${target.toFixed(1)} at least`,
      );
    }
  }
}

/** Seconds for one environment step, over seeds; a short run first, so that none pays for starting TensorFlow.js. */
async function runs(name, options, seeds) {
  await learn({ ...options, seed: 0, totalSteps: 1000 });
  const times = [];
  for (const seed of seeds) {
    const start = now();
    const { steps } = await learn({ ...options, seed });
    times.push((now() - start) / steps);
  }
  return { name, ...spread(times) };
}

/** The last metrics of a run. */
async function learn(options) {
  let last;
  for await (const metrics of train(options)) last = metrics;
  consume(last.meanReturn, "training");
  return last;
}
