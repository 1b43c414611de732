/**
 * Rollouts whose lanes two workers share against those of one thread, and two seeds side by side against one after the other. Both give
 * the same bits; both need cores with nothing else to do.
 */
import { availableParallelism } from "node:os";
import { environments, makeVec, trainSeeds } from "../../dist/index.js";
import { ActorCritic } from "../../dist/nn/actor-critic.js";
import { startBackend } from "../../dist/nn/backend.js";
import { createParallelRollout } from "../../dist/rollout/parallel/parallel-rollout.js";
import { createRollout } from "../../dist/rollout/rollout.js";
import { consume, now, spread } from "./measure.mjs";
import { rate, time } from "./report.mjs";

const WORKERS = Math.max(2, Math.min(4, availableParallelism()));
const ROLLOUTS = [
  ["CartPole-v1", 64, 128],
  ["CartPole-v1", 1024, 128],
  ["Acrobot-v1", 256, 128],
];
const SEEDS = { algo: "ppo", env: "CartPole-v1", totalSteps: 30_000 };

/** @param {import("./bench.mjs").Context} context */
export async function benchWorkers({ report, budget, isCpuTime }) {
  report.part(
    "workers",
    `rollouts by ${WORKERS} workers and by one thread, 64-64 actor-critic; M steps/s. Then seeds side by side; s a seed`,
  );
  if (isCpuTime) return report.note("  not measured: a processor's time can't tell how long threads take together");
  for (const [id, numEnvs, steps] of ROLLOUTS) await benchRollouts(report, budget, { id, numEnvs, steps });
  await benchSeeds(report);
}

async function benchRollouts(report, { rounds, warmUp }, { id, numEnvs, steps }) {
  const spec = environments[id];
  const backend = await startBackend("wasm");
  const { heap } = backend;
  const options = { steps, seed: 1 };
  const { acting } = new ActorCritic(backend, spec.observationSpace.low.length, spec.actionSpace, { hidden: [64, 64] }, 0);
  const network = { actor: acting.actor, critic: acting.critic, sampler: { kind: "categorical" } };
  const many = await createParallelRollout(spec, heap, network, options, { numEnvs, workers: WORKERS });
  const contenders = [
    { name: `${WORKERS} workers`, rollout: many },
    { name: "1 thread", rollout: await createRollout(await makeVec(spec, { numEnvs, heap }), network, options) },
  ];
  for (const { rollout } of contenders) for (const start = now(); now() - start < warmUp; ) await rollout.collect();
  const times = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { name, rollout }] of contenders.entries()) {
      const start = now();
      await rollout.collect();
      times[i].push((now() - start) / rollout.size);
      consume(rollout.columns.value.data[0], name);
    }
  }
  many.dispose();
  backend.dispose();
  report.group(
    `${id}, ${numEnvs} lanes`,
    rate("M steps/s", 1e6),
    contenders.map(({ name }, i) => ({ name, ...spread(times[i]) })),
  );
}

async function benchSeeds(report) {
  const secondsFor = async (threads) => {
    const start = now();
    const { meanReturn } = await trainSeeds(SEEDS, { seeds: 2, threads, episodes: 1 });
    consume(meanReturn, "seeds");
    return (now() - start) / 2;
  };
  const [together, apart] = [[], []];
  for (let round = 0; round < 3; round++) {
    together.push(await secondsFor(2));
    apart.push(await secondsFor(1));
  }
  report.group(`${SEEDS.algo} on ${SEEDS.env}, 2 seeds of ${SEEDS.totalSteps} steps`, time("s", 1), [
    { name: "side by side", ...spread(together) },
    { name: "one after the other", ...spread(apart) },
  ]);
}
