/** REINFORCE's first step, from its rollout to its weights, against the estimator written out in float64. */
import { describe, expect, it } from "vitest";
import { type EnvironmentId, environments } from "../../src/envs/registry.js";
import { episodesOf, firstRollout, type Step } from "../oracle/first-rollout.js";
import { finiteDifferences, HIDDEN, policy64, value64, type Weights } from "../oracle/losses.js";
import { runOf } from "../oracle/runs.js";

/** Error of a parameter's step, relative to the step size, from gradients in float32 and weights that are rounded to it. Measured: 2.6e-5. */
const STEP_TOLERANCE = 2e-4;
const LEARNING_RATE = 0.01;
/** So small that Adam's first step, g / (|g| + ε), isn't the gradient's sign alone. */
const MAX_GRAD_NORM = 5e-5;
const EPSILON = 1e-5;
const GAMMA = 0.9;

type Baseline = "none" | "average" | "optimal" | "value";

interface Form {
  readonly env: EnvironmentId;
  readonly steps: number;
  readonly numEnvs: number;
  readonly returns: "whole" | "rewardToGo";
  readonly discountSteps: boolean;
  readonly baseline: Baseline;
}

/** Σ_{k≥t} γ^(k−t) r_k for each step of an episode, and what is bootstrapped from where it was left. */
function returns64(episode: readonly Step[], weights: Weights, bootstraps: boolean): number[] {
  const last = episode.at(-1) as Step;
  let coming = bootstraps && !last.isTerminal ? value64(weights, last.next) : 0;
  const reversed = episode.toReversed().map(({ reward }) => {
    coming = reward + GAMMA * coming;
    return coming;
  });
  return reversed.reverse();
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

/** The gradient of Σ w_t (Ψ_t − b_t) ln π / steps, by name and flat. */
function estimator64(form: Form, lanes: readonly Step[][], weights: Weights): number[] {
  const { space, isValued } = { space: environments[form.env].actionSpace, isValued: form.baseline === "value" };
  const isEnded = (episode: readonly Step[]) => episode.at(-1)?.isTerminal || episode.at(-1)?.isTruncated;
  const episodes = lanes.flatMap(episodesOf).filter((episode) => isValued || isEnded(episode));
  const policy = Object.fromEntries(Object.entries(weights).filter(([name]) => !name.startsWith("critic")));
  const scoreOf = (episode: readonly Step[], coefficients: readonly number[]) => {
    const sum = (moved: Weights) => dot(coefficients, episode.map(({ observation, action }) => policy64(moved, observation, action, space).logProb)); // biome-ignore format: one sum
    return Object.values(finiteDifferences(policy, sum)).flat();
  };
  const parts = episodes.map((episode) => {
    const toGo = returns64(episode, weights, isValued);
    const outcome = form.returns === "whole" ? toGo.map(() => toGo[0] as number) : toGo;
    const weight = episode.map((_, t) => (form.discountSteps ? GAMMA ** t : 1));
    const value = episode.map(({ observation }) => (isValued ? value64(weights, observation) : 0));
    const g = scoreOf(episode, weight);
    const h = scoreOf(episode, weight.map((w, t) => w * ((outcome[t] as number) - (value[t] as number)))); // biome-ignore format: one product
    return { g, h, outcome };
  });
  const total = (of: (part: (typeof parts)[number]) => number) => parts.reduce((sum, part) => sum + of(part), 0);
  const steps = total(({ outcome }) => outcome.length);
  const constants: Readonly<Record<Baseline, () => number>> = {
    none: () => 0,
    value: () => 0,
    optimal: () => total(({ g, h }) => dot(g, h)) / total(({ g }) => dot(g, g)),
    average: () =>
      form.returns === "whole"
        ? total(({ outcome }) => outcome[0] as number) / parts.length
        : total(({ outcome }) => outcome.reduce((a, b) => a + b)) / steps,
  };
  const b = constants[form.baseline]();
  return (parts[0]?.g ?? []).map((_, k) => total(({ g, h }) => (h[k] as number) - b * (g[k] as number)) / steps);
}

const FORMS: readonly Form[] = (["none", "average", "optimal", "value"] as const).flatMap((baseline) => [
  { env: "CartPole-v1", steps: 40, numEnvs: 5, returns: "whole", discountSteps: false, baseline },
  { env: "CartPole-v1", steps: 40, numEnvs: 5, returns: "rewardToGo", discountSteps: false, baseline },
  { env: "CartPole-v1", steps: 40, numEnvs: 5, returns: "rewardToGo", discountSteps: true, baseline },
  { env: "Pendulum-v1", steps: 230, numEnvs: 2, returns: "rewardToGo", discountSteps: false, baseline },
]);

describe("the first step", () => {
  it.each(FORMS)(
    "is Adam's along the estimator's gradient: $env, $returns returns, γ^t $discountSteps, baseline $baseline",
    async (form) => {
      const seed = 5;
      const { lanes, weights } = await firstRollout({ ...form, seed, restarts: true });
      const gradient = estimator64(form, lanes, weights);
      const scale = Math.min(1, MAX_GRAD_NORM / Math.sqrt(dot(gradient, gradient)));
      const { tensors } = await runOf({
        ...form,
        algo: "reinforce",
        seed,
        totalSteps: 1,
        hidden: HIDDEN,
        gamma: GAMMA,
        learningRate: LEARNING_RATE,
        maxGradNorm: MAX_GRAD_NORM,
        criticEpochs: 1,
        batchSize: form.steps,
      });
      const names = Object.keys(weights).filter((name) => !name.startsWith("critic"));
      const moved = names.flatMap((name) =>
        Array.from(tensors[name] as Float32Array, (x, i) => (x - (weights[name]?.[i] as number)) / LEARNING_RATE),
      );
      const wanted = gradient.map((g) => (scale * g) / (Math.abs(scale * g) + EPSILON));
      expect(moved).toHaveLength(wanted.length);
      const worst = Math.max(...moved.map((step, i) => Math.abs(step - (wanted[i] as number))));
      expect(worst).toBeLessThan(STEP_TOLERANCE);
    },
  );
});
