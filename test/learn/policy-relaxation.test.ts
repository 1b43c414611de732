/**
 * What policy relaxation is for: the goal of a task moves, and a policy that has learned the old one is to learn the new. The same learner
 * goes on with the old policy, goes on after a while of uniform actions, and begins anew. What counts is the mean return of the learned
 * policy over the first rollouts after the change.
 *
 * A policy that is sure of the old goal hardly ever sees the new one, which relaxation puts right. Beginning anew does better still here,
 * where nothing of the old policy is of use for the new goal. And to a policy that was trained for twice as long, what chance does is next
 * to impossible: its steps get no weight then, and relaxation helps as little as going on.
 */
import { describe, expect, it } from "vitest";
import { type CustomSpec, evaluate, type Policy, type TrainOptions, train } from "../../src/index.js";
import { type Goal, headings, navigation } from "./navigation.js";

const [OLD_GOAL, NEW_GOAL]: [Goal, Goal] = [
  [0.5, 0.5],
  [-0.5, -0.5],
];
const SEEDS = [0, 1, 2, 3, 4];
const ROLLOUTS = 20;
const ROLLOUT = { numEnvs: 20, steps: 100, batchSize: 100 } as const;
/** Found by search on both tasks. Eight rollouts of uniform actions, in which each lane plays at least one episode. */
const RELAXED_EPISODES = 160;
const OPTIONS = {
  ...ROLLOUT,
  algo: "policy-relaxation",
  epochs: 8,
  learningRate: 3e-3,
  entropyCoefficient: 0.03,
  totalSteps: ROLLOUTS * ROLLOUT.numEnvs * ROLLOUT.steps,
} as const;

const METHODS = ["continued", "relaxed", "anew"] as const;
type Method = (typeof METHODS)[number];

/** The learned policy's mean return after each rollout, averaged: the area under its curve; and the policy at the end. */
async function learn(env: CustomSpec, options: Partial<TrainOptions>): Promise<{ area: number; policy: Policy }> {
  const run = train({ ...OPTIONS, env, rescaleAction: env.actionSpace.kind === "box", ...options } as TrainOptions);
  const returns: number[] = [];
  for await (const _ of run) {
    const { meanReturn } = await evaluate(await run.policy(), { env, episodes: 20, deterministic: false });
    returns.push(meanReturn);
  }
  return { area: mean(returns), policy: await run.policy() };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The area of each method after the change. */
async function compare(make: (id: string, goal: Goal) => CustomSpec, seed: number): Promise<Record<Method, number>> {
  const { policy } = await learn(make("OldGoal-v0", OLD_GOAL), { seed, relaxedEpisodes: 0 });
  const after = async (options: Partial<TrainOptions>) =>
    (await learn(make("NewGoal-v0", NEW_GOAL), { seed: 100 + seed, ...options })).area;
  return {
    continued: await after({ initialPolicy: policy, relaxedEpisodes: 0 }),
    relaxed: await after({ initialPolicy: policy, relaxedEpisodes: RELAXED_EPISODES }),
    anew: await after({ relaxedEpisodes: 0 }),
  };
}

describe.each([
  { name: "2-D navigation by vectors, rewarded by distance", make: navigation, gain: 30 }, // measured: −124.9 and −63.1
  { name: "2-D navigation by headings, rewarded at the goal", make: headings, gain: 0.5 }, // measured: −1.00 and 0.24
])("$name", ({ name, make, gain }) => {
  it("is learned sooner after a while of uniform actions than by going on", async () => {
    const areas: Record<Method, number>[] = [];
    for (const seed of SEEDS) areas.push(await compare(make, seed));
    const rowOf = (method: Method) => {
      const values = areas.map((area) => area[method]);
      return `${method.padEnd(10)}${values.map((value) => value.toFixed(2).padStart(9)).join("")}  mean ${mean(values).toFixed(2)}`;
    };
    console.log(`${name}\nseed      ${SEEDS.map((seed) => String(seed).padStart(9)).join("")}\n${METHODS.map(rowOf).join("\n")}`);
    const average = (method: Method) => mean(areas.map((area) => area[method]));
    expect(average("relaxed")).toBeGreaterThan(average("continued") + gain);
  });
});
