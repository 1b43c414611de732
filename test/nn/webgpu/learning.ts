/** A task so small that a handful of gradient steps, all that a software GPU has time for, takes a policy from chance to the best there is. */
import { box, defineEnvironment, discrete, evaluate, type TrainOptions, train } from "../../../src/index.js";

/** Steps from either end of the way to its middle. */
const FAR = 4;

/** From one end of a way, left or right, home to its middle: each step costs 0.1, the one that arrives earns 1. */
const wayHome = defineEnvironment({
  id: "WayHome-v0",
  timeLimit: 12,
  create() {
    let place = 0;
    return {
      observationSpace: box([-1], [1]),
      actionSpace: discrete(2),
      reset(random) {
        place = random.uniform() < 0.5 ? -FAR : FAR;
        return [place / FAR];
      },
      step(action) {
        place = Math.min(Math.max(place + (action === 1 ? 1 : -1), -FAR), FAR);
        const terminated = place === 0;
        return { observation: [place / FAR], reward: terminated ? 1 : -0.1, terminated };
      },
    };
  },
});

/** What is earned without a wrong step. */
export const BEST = 1 - 0.1 * (FAR - 1);

const ROLLOUT = { numEnvs: 16, steps: 16, batchSize: 256, epochs: 4 } as const;
/** Four iterations, sixteen gradient steps. */
const PPO = { algo: "ppo", env: wayHome, hidden: [8], learningRate: 0.03, gamma: 0.95, ...ROLLOUT, totalSteps: 4 * 256 } as const;

export interface Learned {
  /** Of the episodes that end in the first rollout, which is played by chance. */
  readonly atFirst: number;
  /** Of the trained policy. */
  readonly inTheEnd: number;
}

/** Mean returns with PPO on a backend, seed by seed. */
export async function learned(backend: TrainOptions["backend"] & string, seeds: readonly number[]): Promise<Learned[]> {
  const results: Learned[] = [];
  for (const seed of seeds) {
    const run = train({ ...PPO, backend, seed });
    const returns: number[] = [];
    for await (const { meanReturn } of run) returns.push(meanReturn);
    const { meanReturn } = await evaluate(await run.policy(), { env: wayHome, episodes: 20 });
    results.push({ atFirst: returns[0] ?? Number.NaN, inTheEnd: meanReturn });
  }
  return results;
}
