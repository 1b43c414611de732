/**
 * What baselines do to REINFORCE's gradient: nothing to its expectation, and to its variance what theory says. Exactly, over all
 * trajectories of a small tree weighted by their probabilities; and on batches of real environments.
 *
 * Theory, for an episode's gradient h − b g (see src/algos/baselines.ts) and a constant b: the variance is a parabola,
 *   Var(b) = Var(b*) + (b − b*)² E|g|².
 * So b* is best of all constants, and the average beats none exactly if it is nearer to b* than 0 is: the rule with rewards of one sign,
 * but no law. A value function may beat them all, as it knows what differs from state to state; that it does is no law, since V(s) isn't
 * the best function of the state either, but E[|g|² Ψ | s] / E[|g|² | s].
 */
import { describe, expect, it } from "vitest";
import { type BaselineContext, constantBaseline, OptimalBaseline } from "../../src/algos/baselines.js";
import { fittedCritic, splitParameters } from "../../src/algos/critic.js";
import { setUpOnPolicy } from "../../src/algos/on-policy.js";
import { type ReinforceBatch, reinforceLoss } from "../../src/algos/reinforce.js";
import { discrete, sizeOf } from "../../src/core/spaces.js";
import { type EnvironmentId, environments } from "../../src/envs/registry.js";
import type { ActorCritic } from "../../src/nn/actor-critic.js";
import { startBackend } from "../../src/nn/backend.js";
import { createEpisodeReturns } from "../../src/rollout/episode-returns.js";
import { column } from "../../src/wasm/heap.js";
import {
  batchTensors,
  distribution64,
  exampleNetwork,
  finiteDifferences,
  HIDDEN,
  INPUTS,
  lossAndGradients,
  policy64,
  type Weights,
} from "../oracle/losses.js";
import { randomNormals, randomNumbers } from "../oracle/random.js";

/** Gradients of float32 losses against differences in float64, relative to their length. Measured: 4e-7. */
const GRADIENT_TOLERANCE = 4e-6;
/** Sums of squares of such gradients, relative. Measured: 6e-9. */
const VARIANCE_TOLERANCE = 1e-7;

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * (b[i] as number), 0);
const norm = (a: ArrayLike<number>) => Math.sqrt(dot(a, a));
const minus = (a: ArrayLike<number>, b: ArrayLike<number>, factor = 1) => Array.from(a, (x, i) => x - factor * (b[i] as number));
const weighted = (vectors: readonly ArrayLike<number>[], weights: readonly number[]) =>
  Array.from(vectors[0] as ArrayLike<number>, (_, k) =>
    dot(
      weights,
      vectors.map((vector) => vector[k] as number),
    ),
  );

/** E[x] and E|x − E[x]|² of vectors with these probabilities. */
function moments(vectors: readonly ArrayLike<number>[], chances: readonly number[]) {
  const mean = weighted(vectors, chances);
  return {
    mean,
    variance: dot(
      chances,
      vectors.map((vector) => dot(minus(vector, mean), minus(vector, mean))),
    ),
  };
}

/** Two decisions between three actions. The second rewards depend more on the state than on the action: only a value function knows. */
const SPACE = discrete(3);
const ACTIONS = [0, 1, 2] as const;
const TRAJECTORIES = ACTIONS.flatMap((first) => ACTIONS.map((second) => [first, second] as const));
const GAMMA = 0.8;
const normal = randomNormals(21);
const uniform = randomNumbers(22);
const ROOT = Array.from({ length: INPUTS }, normal);
const LEAVES = ACTIONS.map(() => Array.from({ length: INPUTS }, normal));
const FIRST_REWARD = ACTIONS.map(uniform);
const SECOND_REWARD = ACTIONS.map((first) => ACTIONS.map(() => 3 * first + uniform()));

/** A trajectory's discounted rewards from the start and from the second decision on. */
function returnsOf([first, second]: (typeof TRAJECTORIES)[number]): [number, number] {
  const last = SECOND_REWARD[first]?.[second] as number;
  return [(FIRST_REWARD[first] as number) + GAMMA * last, last];
}

function chances64(weights: Weights, observation: readonly number[]): number[] {
  const policy = distribution64(weights, observation, SPACE);
  return policy.kind === "categorical" ? policy.logProbs.map(Math.exp) : [];
}

function trajectoryChances64(weights: Weights): number[] {
  const first = chances64(weights, ROOT);
  const second = LEAVES.map((leaf) => chances64(weights, leaf));
  return TRAJECTORIES.map(([a, b]) => (first[a] as number) * (second[a]?.[b] as number));
}

const expectedReturn64 = (weights: Weights) =>
  dot(
    trajectoryChances64(weights),
    TRAJECTORIES.map((trajectory) => returnsOf(trajectory)[0]),
  );

/** V of the root and of the leaves. */
function values64(weights: Weights): { root: number; leaves: number[] } {
  return { root: expectedReturn64(weights), leaves: LEAVES.map((leaf, a) => dot(chances64(weights, leaf), SECOND_REWARD[a] as number[])) };
}

/** Ψ and w of a trajectory's two steps, so that the expected gradient is the discounted return's. */
const FORMS = {
  whole: (r: readonly [number, number]) => ({ outcome: [r[0], r[0]], weight: [1, 1] }),
  rewardToGo: (r: readonly [number, number]) => ({ outcome: r, weight: [1, GAMMA] }),
} as const;

/** Σ_t w_t (Ψ_t − b_t) ∇ln π of trajectories with these multiplicities, by the loss under test; of Ψ = 1 for a score. */
function gradient(
  network: ActorCritic,
  form: keyof typeof FORMS,
  multiplicity: readonly number[],
  b: readonly [number, readonly number[]] | "score",
) {
  const steps = TRAJECTORIES.flatMap(([first, second], i) => {
    const { outcome, weight } = FORMS[form](returnsOf([first, second]));
    const stepOf = (t: 0 | 1, state: readonly number[], action: number, baseline: number) => ({
      state,
      action,
      weight: (multiplicity[i] as number) * (weight[t] as number),
      ...(b === "score" ? { outcome: 1, baseline: 0 } : { outcome: outcome[t] as number, baseline }),
    });
    const [atRoot, atLeaves] = b === "score" ? [0, []] : b;
    return [stepOf(0, ROOT, first, atRoot), stepOf(1, LEAVES[first] as number[], second, atLeaves[first] ?? 0)];
  });
  const numbers = (name: "action" | "weight" | "outcome" | "baseline") => Float32Array.from(steps, (step) => step[name]);
  const observation = Float32Array.from(steps.flatMap(({ state }) => state));
  const columns = { action: numbers("action"), weight: numbers("weight"), outcome: numbers("outcome"), baseline: numbers("baseline") };
  const batchOf = () => {
    const { counted, ...rest } = batchTensors({ ...columns, observation, returns: numbers("outcome"), counted: Float32Array.of(1) }, SPACE);
    return { ...rest, counted: counted.asScalar() } as unknown as ReinforceBatch;
  };
  const lossOf = (batch: ReinforceBatch) => reinforceLoss(network, batch, { entropyCoefficient: 0, valueCoefficient: 0 });
  return Object.values(lossAndGradients(splitParameters(network).policy, batchOf, lossOf).gradients).flatMap((part) => part.map((x) => -x));
}

const constant = (b: number) => [b, [b, b, b]] as const;

describe.each(["whole", "rewardToGo"] as const)("over all trajectories, with %s returns,", (form) => {
  async function example(sharedTrunk: boolean) {
    const backend = await startBackend("wasm");
    const { network, weights } = exampleNetwork(backend, { actions: "indices", space: SPACE, sharedTrunk, stateDependentStd: false });
    const chances = trajectoryChances64(weights);
    const only = (i: number) => TRAJECTORIES.map((_, k) => Number(k === i));
    const g = TRAJECTORIES.map((_, i) => gradient(network, form, only(i), "score"));
    const h = TRAJECTORIES.map((_, i) => gradient(network, form, only(i), constant(0)));
    const best =
      dot(
        chances,
        h.map((x, i) => dot(x, g[i] as number[])),
      ) /
      dot(
        chances,
        g.map((x) => dot(x, x)),
      );
    const average = dot(
      chances,
      TRAJECTORIES.map((trajectory) => returnsOf(trajectory)[0]),
    );
    return { backend, network, weights, chances, g, h, best, average };
  }

  it.each([false, true])(
    "the expected gradient is the expected return's, whatever the baseline (shared trunk: %s)",
    async (sharedTrunk) => {
      const { backend, network, weights, chances, best, average } = await example(sharedTrunk);
      const policy = Object.fromEntries(splitParameters(network).policy.list.map(({ name }) => [name, weights[name] as Float64Array]));
      const wanted = Object.values(finiteDifferences(policy, (moved) => expectedReturn64({ ...weights, ...moved }))).flat();
      const { root, leaves } = values64(weights);
      for (const b of [constant(0), constant(average), constant(best), constant(-2), [root, leaves], [5, [1, -7, 3]]] as const) {
        const got = gradient(network, form, chances, b);
        expect(norm(minus(got, wanted)) / norm(wanted), JSON.stringify(b)).toBeLessThan(GRADIENT_TOLERANCE);
      }
      backend.dispose();
    },
  );

  it("its variance is a parabola in the constant, least at E[h·g] / E|g|²", async () => {
    const { backend, chances, g, h, best, average } = await example(false);
    const varianceOf = (b: number) =>
      moments(
        h.map((x, i) => minus(x, g[i] as number[], b)),
        chances,
      ).variance;
    const steepness = dot(
      chances,
      g.map((x) => dot(x, x)),
    );
    for (const b of [0, average, -3, 1, 10]) {
      const wanted = varianceOf(best) + (b - best) ** 2 * steepness;
      expect(Math.abs(varianceOf(b) / wanted - 1)).toBeLessThan(VARIANCE_TOLERANCE);
    }
    expect([varianceOf(0) > varianceOf(average), varianceOf(average) > varianceOf(best)]).toEqual([true, true]);
    expect(Math.abs(average - best)).toBeLessThan(Math.abs(best)); // which is why
    backend.dispose();
  });

  it("a value function makes it smaller than any constant where states differ more than actions", async () => {
    const { backend, network, weights, chances, g, h, best } = await example(false);
    const { root, leaves } = values64(weights);
    const only = (i: number) => TRAJECTORIES.map((_, k) => Number(k === i));
    const centred = TRAJECTORIES.map((_, i) => gradient(network, "rewardToGo", only(i), [root, leaves]));
    const least = moments(
      h.map((x, i) => minus(x, g[i] as number[], best)),
      chances,
    ).variance;
    expect(moments(centred, chances).variance).toBeLessThan(0.9 * least);
    backend.dispose();
  });
});

/** A rollout's episodes and what their gradients are made of, under a critic that was fitted to another rollout if so wished. */
async function realBatch(
  env: EnvironmentId,
  { numEnvs, steps, isWhole, fits = 0 }: { numEnvs: number; steps: number; isWhole: boolean; fits?: number },
) {
  const backend = await startBackend("wasm");
  const session = { spec: environments[env], backend, seed: 2, totalSteps: 0 };
  const options = { hidden: HIDDEN, activation: "tanh", sharedTrunk: false, stateDependentStd: false, logStdInit: 0 } as const;
  const { network, rollout } = await setUpOnPolicy(session, { ...options, numEnvs, steps, normalizeReward: true });
  const regression = { criticLearningRate: 0.02, criticEpochs: fits, batchSize: steps };
  const critic = fittedCritic(network, splitParameters(network).value, rollout, session, regression);
  const returns = await createEpisodeReturns(rollout);
  await rollout.collect();
  returns.estimate(0.99);
  critic.fit(0);
  rollout.restart();
  await rollout.collect();
  for (const name of ["value", "finalValue"] as const) if (fits === 0) rollout.columns[name].data.fill(0); // as without a critic
  returns.estimate(0.99);
  returns.weigh(1, true);
  const credit = { outcome: isWhole ? returns.whole : rollout.columns.returns, weight: returns.weight, isWhole };
  return { backend, network, rollout, returns, context: { backend, network, rollout, credit } satisfies BaselineContext };
}

async function episodeGradients(context: BaselineContext, episodes: Parameters<OptimalBaseline["estimate"]>[0]) {
  const optimal = new OptimalBaseline(context);
  const gradients = [];
  for (const episode of episodes) gradients.push(await optimal.gradients(episode));
  return gradients;
}

describe("the gradient of an episode", () => {
  it.each([
    ["CartPole-v1", 60],
    ["Pendulum-v1", 200], // more than are computed at once
  ] as const)("of %s is that of Σ w ln π and of Σ w Ψ ln π", async (env, steps) => {
    const { backend, network, rollout, returns, context } = await realBatch(env, { numEnvs: 3, steps, isWhole: false });
    const [episode] = returns.ended();
    if (!episode) throw new Error("no episode ended");
    const { g, h } = await new OptimalBaseline(context).gradients(episode);
    const { observation, action } = rollout.columns;
    const { spec } = rollout.env;
    const [inputs, size] = [sizeOf(spec.observationSpace), sizeOf(spec.actionSpace)];
    const weights = Object.fromEntries(network.policyParameters.map(({ name, column }) => [name, Float64Array.from(column.data)]));
    const sum64 = (moved: Weights, of: (at: number) => number) => {
      let sum = 0;
      for (let t = episode.start; t < episode.end; t++) {
        const at = t * 3 + episode.lane;
        const seen = Array.from(observation.data.subarray(at * inputs, (at + 1) * inputs));
        const taken = Array.from(action.data.subarray(at * size, (at + 1) * size));
        sum += of(at) * policy64(moved, seen, taken, spec.actionSpace).logProb;
      }
      return sum;
    };
    for (const [got, of] of [[g, () => 1] as const, [h, (at: number) => rollout.columns.returns.data[at] as number] as const]) {
      const wanted = Object.values(finiteDifferences(weights, (moved) => sum64(moved, of))).flat();
      expect(norm(minus(got, wanted)) / norm(wanted)).toBeLessThan(GRADIENT_TOLERANCE);
    }
    backend.dispose();
  });
});

describe.each([true, false])("on a batch of CartPole (whole returns: %s)", (isWhole) => {
  const size = { numEnvs: 32, steps: 200, isWhole };

  it("constants are what they say, leave the mean gradient within its error, and have the variances of the theory", async () => {
    const { backend, returns, context } = await realBatch("CartPole-v1", size);
    const episodes = returns.ended();
    const gradients = await episodeGradients(context, episodes);
    const chances = gradients.map(() => 1 / gradients.length);
    const [none, average, best] = [
      await constantBaseline("none", context)(episodes),
      await constantBaseline("average", context)(episodes),
      await constantBaseline("optimal", context)(episodes),
    ];
    const outcomes = episodes.flatMap(({ lane, start, end }) =>
      Array.from({ length: isWhole ? 1 : end - start }, (_, i) => context.credit.outcome.data[(start + i) * size.numEnvs + lane] as number),
    );
    expect(none).toBe(0);
    expect(average).toBeCloseTo(outcomes.reduce((a, b) => a + b, 0) / outcomes.length, 6);
    expect(best).toBeCloseTo(
      dot(
        chances,
        gradients.map(({ g, h }) => dot(g, h)),
      ) /
        dot(
          chances,
          gradients.map(({ g }) => dot(g, g)),
        ),
      6,
    );
    const of = (b: number) =>
      moments(
        gradients.map(({ g, h }) => minus(h, g, b)),
        chances,
      );
    expect(of(none).variance).toBeGreaterThan(of(average).variance);
    expect(of(average).variance).toBeGreaterThan(of(best).variance);
    // The mean moves by b times that of g, which is 0 but for chance: |mean g|² is about E|g|² / M.
    const meanOfG = moments(
      gradients.map(({ g }) => g),
      chances,
    );
    expect(norm(meanOfG.mean) ** 2).toBeLessThan((4 * meanOfG.variance) / gradients.length);
    backend.dispose();
  });
});

it("on a batch of Pendulum a value function that was fitted to other episodes has less variance than any constant", async () => {
  const { backend, rollout, returns, context } = await realBatch("Pendulum-v1", { numEnvs: 64, steps: 200, isWhole: false, fits: 20 });
  const episodes = returns.ended();
  const gradients = await episodeGradients(context, episodes);
  const outcome = column(backend.heap, context.credit.outcome.shape);
  outcome.data.set(minus(context.credit.outcome.data, rollout.columns.value.data));
  const valued = await episodeGradients({ ...context, credit: { ...context.credit, outcome } }, episodes);
  const varianceOf = (vectors: readonly ArrayLike<number>[]) => moments(vectors, Array(episodes.length).fill(1 / episodes.length)).variance;
  const variances = [varianceOf(valued.map(({ h }) => h))];
  for (const kind of ["optimal", "average", "none"] as const) {
    const b = await constantBaseline(kind, context)(episodes);
    variances.push(varianceOf(gradients.map(({ g, h }) => minus(h, g, b))));
  }
  expect(variances).toEqual([...variances].sort((a, b) => a - b));
  expect(variances[0]).toBeLessThan(0.7 * (variances[1] as number)); // 0.54
  backend.dispose();
});
