/** Callbacks on runs that are made up, so that every case comes about, and on one that is real. */
import { describe, expect, it } from "vitest";
import type { Metrics } from "../../../src/core/metrics.js";
import { PolicyFormatError } from "../../../src/policy/format.js";
import type { Policy } from "../../../src/policy/policy.js";
import { type Callback, type End, watch } from "../../../src/run/callbacks/callback.js";
import { keepBest, periodicEvaluation, stopOnNoImprovement, stopOnReward } from "../../../src/run/callbacks/evaluation.js";
import { nanGuard } from "../../../src/run/callbacks/nan-guard.js";
import { evaluate } from "../../../src/run/evaluate.js";
import { type Training, train } from "../../../src/run/train.js";

/** A run whose iterations report what they are told to, 100 steps each; its policies are called by the iteration. */
function scripted(reports: readonly Readonly<Record<string, number>>[], policyOf = (iteration: number) => ({ iteration })): Training {
  let iteration = 0;
  let isOver = false;
  const common = { totalSteps: 100 * reports.length, episodes: 1, meanReturn: 0, meanLength: 1, seconds: 1, stepsPerSecond: 1 };
  return {
    config: { algo: "ppo" } as Training["config"],
    policy: async () => policyOf(iteration) as unknown as Policy,
    resumedAt: undefined,
    columns: () => undefined,
    abandon: () => undefined,
    async next() {
      const report = isOver ? undefined : reports[iteration];
      if (!report) return { done: true, value: undefined };
      iteration++;
      return { done: false, value: { ...common, iteration, steps: 100 * iteration, ...report } };
    },
    async return() {
      isOver = true;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Runs to the end; the last metrics. */
async function finish(run: AsyncIterable<Metrics>): Promise<Metrics[]> {
  const all = [];
  for await (const metrics of run) all.push(metrics);
  return all;
}

describe("watch", () => {
  it("calls hooks in their order, and adds what they report for those after them", async () => {
    const calls: string[] = [];
    const first: Callback = {
      onStart: () => calls.push("start 1"),
      onIteration: ({ iteration }) => ({ metrics: { "extra/double": 2 * iteration } }),
      onEnd: ({ kind }) => calls.push(`${kind} 1`),
    };
    const second: Callback = {
      onIteration: (metrics) => {
        calls.push(`saw ${metrics["extra/double"]}`);
        return undefined;
      },
      onEnd: ({ kind }) => calls.push(`${kind} 2`),
    };
    const run = watch(scripted([{}, {}]), [first, second]);
    const metrics = await finish(run);
    expect(metrics.map((one) => one["extra/double"])).toEqual([2, 4]);
    expect(calls).toEqual(["start 1", "saw 2", "saw 4", "done 1", "done 2"]);
    expect(run.end).toEqual({ kind: "done" });
  });

  it("says how a run ended: left, stopped, failed", async () => {
    const ends: End[] = [];
    const onEnd = (end: End) => void ends.push(end);
    for await (const _ of watch(scripted([{}, {}]), [{ onEnd }])) break;
    expect(await finish(watch(scripted([{}, {}]), [{ onEnd, onIteration: () => ({ stop: "enough" }) }]))).toHaveLength(1);
    const error = new Error("broken");
    const broken = { onEnd, onIteration: () => Promise.reject(error) };
    await expect(finish(watch(scripted([{}]), [broken]))).rejects.toBe(error);
    expect(ends).toEqual([{ kind: "left" }, { kind: "stopped", reason: "enough" }, { kind: "failed", error }]);
  });
});

describe("stopping", () => {
  it("comes when the threshold is reached, by the metric that counts", async () => {
    const returns = [{ meanReturn: Number.NaN }, { meanReturn: 10 }, { meanReturn: 20 }, { meanReturn: 30 }];
    const run = watch(scripted(returns), [stopOnReward(20, { metric: "meanReturn" })]);
    expect(await finish(run)).toHaveLength(3);
    expect(run.end).toEqual({ kind: "stopped", reason: "meanReturn reached 20: it is 20" });
    expect(await finish(watch(scripted(returns), [stopOnReward(20)]))).toHaveLength(4);
  });

  it("comes when there was no improvement for as many reports as one had patience for", async () => {
    const values = [1, 3, 2, 3.05, 4, 4, 4];
    const reports = values.flatMap((value) => [{ "eval/meanReturn": value }, {}]);
    const run = watch(scripted(reports), [stopOnNoImprovement({ patience: 2, minDelta: 0.1 })]);
    expect((await finish(run)).length).toBe(2 * values.indexOf(3.05) + 1);
    expect(await finish(watch(scripted(reports), [stopOnNoImprovement({ patience: 3 })]))).toHaveLength(reports.length);
  });

  it("is refused where it makes no sense", () => {
    expect(() => stopOnNoImprovement({ patience: 0 })).toThrow("patience is a positive integer, not 0");
    expect(() => periodicEvaluation({ every: -1 })).toThrow("every is a positive number of steps, not -1");
  });
});

it("a run that is resumed goes on with what was reported before: the best, the patience, the intervals", async () => {
  const past = [5, 4].map((value, i) => ({ iteration: i + 1, steps: 1000 * (i + 1), "eval/meanReturn": value }) as unknown as Metrics);
  const saved: unknown[] = [];
  const reports = [4, 3].map((value) => ({ "eval/meanReturn": value }));
  const run = watch(scripted(reports), [keepBest((policy) => saved.push(policy)), stopOnNoImprovement({ patience: 2 })], past);
  expect(await finish(run)).toHaveLength(1);
  expect(saved).toEqual([]);
  const evaluation = periodicEvaluation({ every: 1000 });
  evaluation.onResume?.(past);
  expect(await evaluation.onIteration?.({ steps: 2900 } as Metrics, run)).toBeUndefined();
});

it("the best policy is handed over each time that there is a new one", async () => {
  const saved: unknown[] = [];
  const reports = [5, 3, 7, 7].map((value) => ({ "eval/meanReturn": value }));
  await finish(watch(scripted(reports), [keepBest((policy, { steps }) => saved.push([policy, steps]))]));
  expect(saved).toEqual([
    [{ iteration: 1 }, 100],
    [{ iteration: 3 }, 300],
  ]);
});

describe("the guard against numbers that are none", () => {
  it("names the first metric that isn't finite, and gives back the policy of the iteration before", async () => {
    const reports = [{ policyLoss: 1 }, { policyLoss: 2 }, { policyLoss: 3, valueLoss: Number.NaN, entropy: Infinity }, {}];
    const run = watch(scripted(reports), [nanGuard({ interval: 0 })]);
    expect(await finish(run)).toHaveLength(3);
    expect(run.end).toEqual({ kind: "diverged", reason: "valueLoss is NaN after 300 steps" });
    expect(await run.policy()).toEqual({ iteration: 2 });
  });

  it("finds weights that aren't finite", async () => {
    const policyOf = (iteration: number) => {
      if (iteration === 2) throw new PolicyFormatError("tensor actor.0.weight holds NaN at index 3");
      return { iteration };
    };
    const run = watch(scripted([{}, {}, {}], policyOf), [nanGuard({ interval: 0 })]);
    expect(await finish(run)).toHaveLength(2);
    expect(run.end).toEqual({ kind: "diverged", reason: "tensor actor.0.weight holds NaN at index 3 after 200 steps" });
    expect(await run.policy()).toEqual({ iteration: 1 });
  });

  it("looks at weights at its intervals and after the last iteration, and gives back what it found good then", async () => {
    const copied: number[] = [];
    const policyOf = (iteration: number) => {
      copied.push(iteration);
      return { iteration };
    };
    await finish(watch(scripted([{}, {}, {}, {}], policyOf), [nanGuard()]));
    expect(copied).toEqual([1, 4]);
    const run = watch(scripted([{}, {}, { loss: Number.NaN }, {}]), [nanGuard()]);
    await finish(run);
    expect(await run.policy()).toEqual({ iteration: 1 });
  });

  it("lets pass what can't be known yet", async () => {
    const unknown = { meanReturn: Number.NaN, meanLength: Number.NaN, explainedVariance: Number.NaN };
    expect(await finish(watch(scripted([unknown, unknown]), [nanGuard({ interval: 0 })]))).toHaveLength(2);
  });

  it("has nothing to give back in the first iteration, and says so", async () => {
    const run = watch(scripted([{ loss: -Infinity }]), [nanGuard({ interval: 0 })]);
    await expect(finish(run)).rejects.toThrow("loss is -Infinity after 100 steps, in the first iteration");
  });

  it("ends a real run that diverges, with a policy that acts", async () => {
    const options = { algo: "ppo", env: "Pendulum-v1", totalSteps: 100_000, numEnvs: 2, steps: 32, batchSize: 64 } as const;
    const run = watch(train({ ...options, learningRate: 1e30, normalizeAdvantage: false, maxGradNorm: 1e30 }), [nanGuard({ interval: 0 })]);
    let failure: unknown;
    await finish(run).catch((error: unknown) => {
      failure = error;
    });
    if (failure === undefined) expect((await run.policy()).act([1, 0, 0])).toBeInstanceOf(Float32Array);
    expect(String(failure ?? (run.end as { reason: string }).reason)).toMatch(/is (NaN|-?Infinity)|holds (NaN|-?Infinity)/);
  });
});

it("evaluation adds its figures at its intervals, and leaves the run's bits alone", { timeout: 60_000 }, async () => {
  const options = { algo: "ppo", env: "CartPole-v1", totalSteps: 6000, seed: 5 } as const;
  const plain = train(options);
  await finish(plain);
  const run = watch(train(options), [periodicEvaluation({ every: 2000, episodes: 5, seed: 3 })]);
  const metrics = await finish(run);
  const reported = metrics.filter((one) => one["eval/meanReturn"] !== undefined);
  expect(reported.map(({ steps }) => Math.floor(steps / 2000))).toEqual([1, 2, 3]);
  expect((await run.policy()).sha256).toBe((await plain.policy()).sha256);
  const { meanReturn } = await evaluate(await run.policy(), { episodes: 5, seed: 3 });
  expect(reported.at(-1)?.["eval/meanReturn"]).toBe(meanReturn);
});
