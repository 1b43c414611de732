/**
 * PPO on CartPole-v1 with its preset, end to end: learning alone, evaluation excluded. Beside seconds it is given as a multiple of
 * PyTorch's time for one batch-256 update on the same machine, which is what makes runs on unlike machines comparable.
 */
import { train } from "../../dist/index.js";
import { consume, now, spread } from "./measure.mjs";
import { rate } from "./report.mjs";
import { torchTimings } from "./torch.mjs";

const STEPS = { full: 100_000, quick: 20_000 };
/** The stock kernels take too long for the whole of it. */
const STOCK_STEPS = 20_000;
const SEEDS = { full: [1, 2, 3], quick: [1] };

/**
 * Stable-Baselines3 2.x, ppo on CartPole-v1 with RL Zoo's hyperparameters, 100,000 steps: 17.52 s of learn() where PyTorch's update
 * takes 1.31 ms, medians of three seeds on one core of a two-core x86-64 server.
 */
const STABLE_BASELINES = { updates: 17.52 / 1.31e-3, steps: 100_000 };
/** The multiple that we mean to stay below. */
const TARGET = 3800;

/** @param {import("./bench.mjs").Context} context */
export async function benchTraining(context) {
  const { report, isQuick } = context;
  const scale = isQuick ? "quick" : "full";
  report.part("training", `PPO, CartPole-v1 preset, ${STEPS[scale].toLocaleString("en")} steps; environment steps/s`);
  const ours = await runs("lanewise", STEPS[scale], SEEDS[scale]);
  const stock = await runs("stock", STOCK_STEPS, [1]);
  report.group("ppo CartPole-v1", rate("steps/s", 1), [ours, stock]);
  report.figure("ppo CartPole-v1, learning", ours.median * STEPS[scale], "s", `median of ${SEEDS[scale].length}`);
  for (const torch of torchTimings(context)("ppo update, batch 256")) {
    const updates = (seconds) => (seconds * STABLE_BASELINES.steps) / torch.median;
    report.figure("100,000 steps in PyTorch batch-256 updates", updates(ours.median), "updates", `target ${TARGET} at most`);
    const remark = `ours is ${(STABLE_BASELINES.updates / updates(ours.median)).toFixed(1)}× faster`;
    report.figure("… Stable-Baselines3, measured elsewhere", STABLE_BASELINES.updates, "updates", remark);
  }
}

/** Seconds for one environment step, over seeds; a short run first, so that none pays for starting TensorFlow.js. */
async function runs(kernels, totalSteps, seeds) {
  await learn({ kernels, seed: 0, totalSteps: 1000 });
  const times = [];
  for (const seed of seeds) {
    const start = now();
    const { steps } = await learn({ kernels, seed, totalSteps });
    times.push((now() - start) / steps);
  }
  return { name: `${kernels} kernels`, ...spread(times) };
}

/** The last metrics of a run. */
async function learn(options) {
  let last;
  for await (const metrics of train({ algo: "ppo", env: "CartPole-v1", ...options })) last = metrics;
  consume(last.meanReturn, "training");
  return last;
}
