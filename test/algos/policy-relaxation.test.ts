/** Policy relaxation: who acts and when, and how steps of chance are weighed. */
import { describe, expect, it } from "vitest";
import type { Metrics } from "../../src/core/metrics.js";
import type { Source } from "../../src/core/source.js";
import { box, discrete } from "../../src/core/spaces.js";
import { type CustomSpec, defineEnvironment } from "../../src/envs/custom.js";
import { encodePolicy } from "../../src/policy/encode.js";
import { decodePolicy } from "../../src/policy/format.js";
import { type TrainOptions, train } from "../../src/run/train.js";

const EPISODE = 10;
const ROLLOUT = { numEnvs: 4, steps: 2 * EPISODE, batchSize: 4 * 2 * EPISODE } as const;
const ROLLOUT_STEPS = ROLLOUT.numEnvs * ROLLOUT.steps;
const EPISODES = ROLLOUT_STEPS / EPISODE;
/** Nothing is learned, so that the policy stays certain. */
const FROZEN = { algo: "policy-relaxation", ...ROLLOUT, seed: 3, hidden: [4], learningRate: 0, criticLearningRate: 0 } as const;

/** Episodes of ten steps, which note the actions taken: indices, or the first component of vectors. */
function noting(kind: "indices" | "vectors") {
  const actions: number[] = [];
  const spec = defineEnvironment({
    id: "Noting-v0",
    timeLimit: EPISODE,
    create: () => ({
      observationSpace: box([-1], [1]),
      actionSpace: kind === "indices" ? discrete(2) : box([-2], [2]),
      reset: () => [0.5],
      step(action: number | ArrayLike<number>) {
        actions.push(typeof action === "number" ? action : (action[0] as number));
        return { observation: [0.5], reward: 1, terminated: false };
      },
    }),
  } as Parameters<typeof defineEnvironment>[0]);
  return { spec, actions };
}

/** A policy that always takes index 0, or the vector 1.5. */
async function certainPolicy(env: CustomSpec): Promise<Source> {
  const run = train({ ...FROZEN, env, totalSteps: 1, logStdInit: -10 });
  for await (const _ of run);
  const { header, tensors } = await decodePolicy(await (await run.policy()).bytes());
  const bias = env.actionSpace.kind === "discrete" ? [20, -20] : [1.5];
  tensors.set("actor.1.bias", { shape: [bias.length], data: Float32Array.from(bias) });
  return encodePolicy(header, tensors);
}

async function metricsOf(options: TrainOptions): Promise<Metrics[]> {
  const metrics: Metrics[] = [];
  for await (const m of train(options)) metrics.push(m);
  return metrics;
}

describe.each(["indices", "vectors"] as const)("over %s", (kind) => {
  const isCertain = (action: number) => (kind === "indices" ? action === 0 : Math.abs(action - 1.5) < 0.01);

  it.each([
    { relaxedEpisodes: 0, rollouts: 0 },
    { relaxedEpisodes: 1, rollouts: 1 },
    { relaxedEpisodes: EPISODES, rollouts: 1 },
    { relaxedEpisodes: EPISODES + 1, rollouts: 2 },
    { relaxedEpisodes: 3 * EPISODES, rollouts: 3 },
  ])("chance acts until $relaxedEpisodes episodes have ended, the policy from then on", async ({ relaxedEpisodes, rollouts }) => {
    const { spec, actions } = noting(kind);
    const initialPolicy = await certainPolicy(spec);
    actions.length = 0;
    await metricsOf({ ...FROZEN, env: spec, initialPolicy, relaxedEpisodes, totalSteps: 4 * ROLLOUT_STEPS });
    expect(actions).toHaveLength(4 * ROLLOUT_STEPS);
    const certain = Array.from({ length: 4 }, (_, i) => actions.slice(i * ROLLOUT_STEPS, (i + 1) * ROLLOUT_STEPS).filter(isCertain).length);
    for (const [i, count] of certain.entries()) {
      if (i < rollouts)
        expect(count).toBeLessThan(0.75 * ROLLOUT_STEPS); // a half of 80 indices: 60 are 4.5 deviations away
      else expect(count).toBe(ROLLOUT_STEPS);
    }
  });
});

it("steps of chance count by how likely the policy was to take them, steps of the policy all the same", async () => {
  const { spec } = noting("indices");
  const initialPolicy = await certainPolicy(spec);
  const options = { ...FROZEN, env: spec, initialPolicy, epochs: 1, totalSteps: 1, maxWeight: 0 } as const;
  const [chance] = await metricsOf({ ...options, relaxedEpisodes: 1, weights: "first-order" });
  // Weights are 2 where chance took index 0, and 0 elsewhere.
  const taken = ((chance?.["meanWeight"] as number) * ROLLOUT_STEPS) / 2;
  expect(taken).toBeCloseTo(Math.round(taken), 3);
  expect(chance?.["effectiveSampleSize"]).toBeCloseTo(taken, 3);
  const [own] = await metricsOf({ ...options, relaxedEpisodes: 0, weights: "causal" });
  expect(own?.["meanWeight"]).toBeCloseTo(1, 5);
  expect(own?.["effectiveSampleSize"]).toBeCloseTo(ROLLOUT_STEPS, 3);
});

it("refuses chance where actions have no bounds, and only then", () => {
  const { spec } = noting("vectors");
  const env = { ...spec, id: "Unbounded-v0", actionSpace: box([-Infinity], [Infinity]) };
  expect(() => train({ ...FROZEN, env })).toThrow("uniform actions need a discrete action space or a box with bounds");
  expect(() => train({ ...FROZEN, env, relaxedEpisodes: 0 })).not.toThrow();
});
