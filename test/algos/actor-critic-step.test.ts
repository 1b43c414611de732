/** The first policy step of the algorithms with GAE, from its rollout to its weights, against the estimator written out in float64. */
import { describe, expect, it } from "vitest";
import { environments } from "../../src/envs/registry.js";
import type { TrainOptions } from "../../src/run/train.js";
import { advantages64, episodesOf, firstRollout } from "../oracle/first-rollout.js";
import { finiteDifferences, HIDDEN, mean64, policy64, standardise64, type Weights } from "../oracle/losses.js";
import { runOf } from "../oracle/runs.js";

/** Error of a parameter's step, relative to the step size, from gradients in float32 and weights that are rounded to it. Measured: 9e-6. */
const STEP_TOLERANCE = 1e-4;
const LEARNING_RATE = 0.01;
const EPSILON = 1e-5;
/** So small that an optimizer's first step isn't the gradient's sign alone. */
const MAX_GRAD_NORM = 5e-5;
const GAMMA = 0.9;
const SEED = 5;

/** What an optimizer's first step divides a gradient by. */
const DIVISORS = {
  adam: (g: number) => Math.abs(g) + EPSILON,
  rmsProp: (g: number) => 0.1 * Math.abs(g) + EPSILON, // √((1 − ρ) g²), ρ = 0.99
};

interface Form {
  readonly options: Pick<TrainOptions, "algo"> & Readonly<Record<string, unknown>>;
  readonly lambda: number;
  readonly divisor: keyof typeof DIVISORS;
  readonly isStandardised?: boolean;
  readonly steps?: number;
}

const FORMS: readonly Form[] = [
  { options: { algo: "a2c", lambda: 1 }, lambda: 1, divisor: "rmsProp" },
  {
    options: { algo: "a2c", lambda: 0.6, optimizer: "adam", normalizeAdvantage: true },
    lambda: 0.6,
    divisor: "adam",
    isStandardised: true,
  },
  { options: { algo: "vpg", lambda: 0.8, normalizeAdvantage: false }, lambda: 0.8, divisor: "adam" },
  { options: { algo: "vpg", lambda: 0.8 }, lambda: 0.8, divisor: "adam", isStandardised: true },
  { options: { algo: "actor-critic", lambda: 0 }, lambda: 0, divisor: "adam" },
  { options: { algo: "actor-critic", lambda: 0.7, criticTarget: "monteCarlo" }, lambda: 0.7, divisor: "adam" },
  { options: { algo: "online-actor-critic" }, lambda: 0, divisor: "rmsProp", steps: 1 },
];

/** Two episodes of Pendulum, cut by the time limit and then by the rollout's end; several of CartPole. */
const ROLLOUTS = [
  { env: "CartPole-v1", steps: 40, numEnvs: 6 },
  { env: "Pendulum-v1", steps: 210, numEnvs: 2 },
] as const;

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

const CASES = FORMS.flatMap((form) => ROLLOUTS.map((rollout) => ({ ...form, ...rollout, steps: form.steps ?? rollout.steps })));

describe("the first policy step", () => {
  it.each(CASES)(
    "of $options on $env goes along E[Â ∇ln π] with λ = $lambda",
    async ({ options, lambda, divisor, isStandardised, ...size }) => {
      const { env, steps, numEnvs } = size;
      const { lanes, weights } = await firstRollout({ ...size, seed: SEED });
      const episodes = lanes.flatMap(episodesOf);
      const raw = episodes.flatMap((episode) => advantages64(episode, weights, GAMMA, lambda));
      const advantage = isStandardised ? standardise64(raw) : raw;
      const policy = Object.fromEntries(Object.entries(weights).filter(([name]) => !name.startsWith("critic")));
      const { actionSpace } = environments[env];
      const objective = (moved: Weights) =>
        mean64(
          episodes
            .flat()
            .map(({ observation, action }, i) => (advantage[i] as number) * policy64(moved, observation, action, actionSpace).logProb),
        );
      const gradient = Object.values(finiteDifferences(policy, objective)).flat();
      const { tensors } = await runOf({
        env,
        seed: SEED,
        totalSteps: 1,
        numEnvs,
        ...(steps > 1 && { steps }),
        hidden: HIDDEN,
        gamma: GAMMA,
        learningRate: LEARNING_RATE,
        maxGradNorm: MAX_GRAD_NORM,
        ...(["vpg", "actor-critic"].includes(options.algo) && { criticLearningRate: 0, batchSize: steps }),
        ...(["a2c", "online-actor-critic"].includes(options.algo) && {
          valueCoefficient: 0,
          normalizeObservation: false,
          normalizeReward: false,
        }),
        ...options,
      } as TrainOptions);
      const scale = Math.min(1, MAX_GRAD_NORM / Math.sqrt(dot(gradient, gradient)));
      const wanted = gradient.map((g) => (scale * g) / DIVISORS[divisor](scale * g));
      const moved = Object.keys(policy).flatMap((name) =>
        Array.from(tensors[name] as Float32Array, (x, i) => (x - (weights[name]?.[i] as number)) / LEARNING_RATE),
      );
      expect(moved).toHaveLength(wanted.length);
      const worst = Math.max(...moved.map((step, i) => Math.abs(step - (wanted[i] as number))));
      expect(worst).toBeLessThan(STEP_TOLERANCE);
      expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.3);
    },
  );
});
