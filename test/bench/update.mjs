/**
 * Milliseconds of a PPO minibatch update: forward, backward, clipping by the global norm, Adam. Recorded and replayed, against the same
 * update through TensorFlow.js call by call on our kernels, on its stock kernels, and against PyTorch where that is installed.
 */
import { withBothKernels } from "./kernels.mjs";
import { race } from "./measure.mjs";
import { LEARNING_RATE, ppoUpdate, withoutReplay } from "./ppo-update.mjs";
import { time } from "./report.mjs";
import { torchTimings } from "./torch.mjs";

const BATCHES = [64, 256, 2048, 8192];

/** @param {import("./bench.mjs").Context} context */
export async function benchUpdate(context) {
  const { report, budget } = context;
  report.part("update", "PPO minibatch, actor and critic 4-64-64 tanh; ms");
  const torch = torchTimings(context);
  await withBothKernels(({ lanewise, stock }) => {
    for (const batch of BATCHES) {
      const contenders = [
        contender("replayed", lanewise, ppoUpdate(lanewise.backend, batch)),
        contender("ours, not replayed", lanewise, withoutReplay(ppoUpdate(lanewise.backend, batch))),
        contender("stock tfjs kernels", stock, ppoUpdate(stock.backend, batch)),
      ];
      report.group(`batch ${batch}`, time("ms", 1e-3), [...race(contenders, budget), ...torch(`ppo update, batch ${batch}`)]);
    }
  });
}

function contender(name, { prepare }, { network, updates }) {
  const [{ column }] = network.parameters.list;
  const run = () => {
    updates.step(LEARNING_RATE);
    return column.data[0];
  };
  return { name, run, work: 1, prepare };
}
