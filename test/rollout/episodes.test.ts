/** Episode statistics against a list of episodes written down one by one. */
import { expect, it } from "vitest";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { EpisodeStatistics } from "../../src/rollout/episodes.js";
import { createRollout, type Rollout } from "../../src/rollout/rollout.js";
import { column } from "../../src/wasm/heap.js";
import { randomNumbers } from "../oracle/random.js";

/** How many episodes the means are over. */
const WINDOW = 100;

async function emptyRollout(steps: number, numEnvs: number): Promise<Rollout> {
  const env = await makeVec(environments["CartPole-v1"], { numEnvs });
  const layer = { weight: column(env.heap, [4, 2]), bias: column(env.heap, [2]), activation: "linear" } as const;
  return createRollout(env, { actor: [layer], critic: [], sampler: { kind: "categorical" } }, { steps, seed: 0 });
}

/** Fills the rollout with random rewards and ends, and returns its steps in the order of time. */
function fill({ columns: { reward, terminated, truncated } }: Rollout, random: () => number, endProbability: number) {
  const [rewards, terminations, truncations] = [reward.data, terminated.data, truncated.data];
  for (let i = 0; i < rewards.length; i++) {
    rewards[i] = Math.floor(20 * random()) - 10; // whole numbers, so that sums are exact
    terminations[i] = Number(random() < endProbability);
    truncations[i] = Number(random() < endProbability);
  }
  return Array.from(rewards, (r, i) => ({ reward: r, isEnd: terminations[i] === 1 || truncations[i] === 1 }));
}

/** Returns and lengths of all episodes, from one lane's steps after another's, in the order of their ends. */
function episodesOf(steps: readonly { reward: number; isEnd: boolean }[], numEnvs: number) {
  const ended: { end: number; total: number; length: number }[] = [];
  for (let lane = 0; lane < numEnvs; lane++) {
    let [total, length] = [0, 0];
    for (let i = lane; i < steps.length; i += numEnvs) {
      const { reward, isEnd } = steps[i] as { reward: number; isEnd: boolean };
      total += reward;
      length++;
      if (!isEnd) continue;
      ended.push({ end: i, total, length });
      [total, length] = [0, 0];
    }
  }
  return ended.toSorted((a, b) => a.end - b.end);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

it.each([
  { steps: 1, numEnvs: 1, endProbability: 0.3 },
  { steps: 7, numEnvs: 3, endProbability: 0.05 },
  { steps: 40, numEnvs: 9, endProbability: 0.02 },
  { steps: 40, numEnvs: 9, endProbability: 0.5 },
])("episodes count where they end, over rollouts of $steps steps of $numEnvs lanes", async ({ steps, numEnvs, endProbability }) => {
  const rollout = await emptyRollout(steps, numEnvs);
  const statistics = new EpisodeStatistics(numEnvs);
  const random = randomNumbers(steps);
  const all: ReturnType<typeof fill> = [];
  for (let i = 0; i < 30; i++) {
    all.push(...fill(rollout, random, endProbability));
    statistics.add(rollout);
    const episodes = episodesOf(all, numEnvs);
    const latest = episodes.slice(-WINDOW);
    expect(statistics.episodes).toBe(episodes.length);
    expect(statistics.meanReturn).toBeCloseTo(mean(latest.map(({ total }) => total)), 9);
    expect(statistics.meanLength).toBeCloseTo(mean(latest.map(({ length }) => length)), 9);
  }
  expect(statistics.episodes).toBeGreaterThan(0);
});

it("there is no mean before the first episode has ended", async () => {
  const rollout = await emptyRollout(5, 2);
  const statistics = new EpisodeStatistics(2);
  fill(rollout, randomNumbers(1), 0);
  statistics.add(rollout);
  expect(statistics).toMatchObject({ episodes: 0, meanReturn: Number.NaN, meanLength: Number.NaN });
});

it("the means forget all but the last hundred episodes", async () => {
  const rollout = await emptyRollout(1, 1);
  const statistics = new EpisodeStatistics(1);
  rollout.columns.terminated.data.fill(1);
  for (let i = 1; i <= 250; i++) {
    rollout.columns.reward.data.fill(i);
    statistics.add(rollout);
  }
  expect(statistics).toMatchObject({ episodes: 250, meanReturn: (151 + 250) / 2, meanLength: 1 });
});
