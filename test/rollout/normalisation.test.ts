/** Running normalisation against float64 statistics of the whole history, and the policy file that carries it. */
import { describe, expect, it } from "vitest";
import { featuresOf, sizeOf } from "../../src/core/spaces.js";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { createPolicy } from "../../src/policy/encode.js";
import { decodePolicy } from "../../src/policy/format.js";
import { NORMALISATION_LIMIT } from "../../src/rollout/normalisation.js";
import { type ActingNetwork, createRollout } from "../../src/rollout/rollout.js";
import { train } from "../../src/run/train.js";
import { ownHeap } from "../../src/wasm/heap.js";
import { loadModule } from "../../src/wasm/modules.js";
import { randomLayers } from "../oracle/network.js";

/** Statistics are float64 on both sides; one float32 rounding of each factor remains, on numbers of up to 10. */
const TOLERANCE = 1e-5;

/** Gym's RunningMeanStd begins as if 1e-4 numbers of mean 0 and variance 1 had been seen. */
const PRIOR = { count: 1e-4, mean: 0, variance: 1 };

/** Mean and variance of the prior and all numbers, computed anew from all of them. */
function statistics(numbers: readonly number[]): { mean: number; deviation: number } {
  const count = PRIOR.count + numbers.length;
  const mean = (PRIOR.count * PRIOR.mean + numbers.reduce((a, b) => a + b, 0)) / count;
  const squares = PRIOR.count * (PRIOR.variance + (PRIOR.mean - mean) ** 2) + numbers.reduce((a, b) => a + (b - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / count + 1e-8) };
}

const limited = (x: number) => Math.min(Math.max(x, -NORMALISATION_LIMIT), NORMALISATION_LIMIT);

async function rollOut(id: "CartPole-v1" | "Pendulum-v1", numEnvs: number, steps: number, timeLimit: number) {
  const spec = environments[id];
  const heap = ownHeap();
  const env = await makeVec(spec, { numEnvs, heap, timeLimit });
  const width = featuresOf(spec.observationSpace);
  const actor = randomLayers(heap, [width, 5, featuresOf(spec.actionSpace)], "tanh", 1);
  const critic = randomLayers(heap, [width, 5, 1], "tanh", 2);
  const logStd = spec.actionSpace.kind === "box" ? randomLayers(heap, [1, 1], "tanh", 3)[0]?.bias : undefined;
  const network: ActingNetwork = { actor, critic, sampler: logStd ? { kind: "gaussian", logStd } : { kind: "categorical" } };
  const options = { steps, seed: 4, normalizeObservation: true, normalizeReward: true, gamma: 0.9 };
  const rollout = await createRollout(env, network, options);
  await rollout.collect();
  return { spec, width, rollout, env: await makeVec(spec, { numEnvs, timeLimit }) };
}

describe.each([
  { id: "CartPole-v1", numEnvs: 5 },
  { id: "Pendulum-v1", numEnvs: 3 },
] as const)("a normalised rollout of $id", ({ id, numEnvs }) => {
  const [steps, timeLimit] = [40, 11];

  it("shows each observation as the statistics of all until then make it", async () => {
    const { rollout, env, spec, width } = await rollOut(id, numEnvs, steps, timeLimit);
    const { observation, action } = rollout.columns;
    const taken = clipped(action.data, spec);
    const history: number[][] = [];
    for (let t = 0, raw = env.reset(4); t <= steps; t++) {
      for (let lane = 0; lane < numEnvs; lane++) history.push([...raw.subarray(lane * width, (lane + 1) * width)]);
      const columns = Array.from({ length: width }, (_, j) => statistics(history.map((row) => row[j] as number)));
      raw.forEach((value, i) => {
        const { mean, deviation } = columns[i % width] as { mean: number; deviation: number };
        const got = observation.data[t * raw.length + i] as number;
        expect(Math.abs(got - limited((value - mean) / deviation)), `number ${i} at step ${t}`).toBeLessThan(TOLERANCE);
      });
      if (t < steps) raw = env.step(taken.slice((t * taken.length) / steps, ((t + 1) * taken.length) / steps)).observation.slice();
    }
  });

  it("scales each reward by the deviation of the discounted returns until then, and keeps the raw one", async () => {
    const { rollout, env, spec } = await rollOut(id, numEnvs, steps, timeLimit);
    const { reward, rawReward, action } = rollout.columns;
    const taken = clipped(action.data, spec);
    const running = Array<number>(numEnvs).fill(0);
    const returns: number[] = [];
    env.reset(4);
    let ends = 0;
    for (let t = 0; t < steps; t++) {
      const result = env.step(taken.slice((t * taken.length) / steps, ((t + 1) * taken.length) / steps));
      running.forEach((value, lane) => {
        running[lane] = 0.9 * value + (result.reward[lane] as number);
      });
      returns.push(...running);
      const { deviation } = statistics(returns);
      for (let lane = 0; lane < numEnvs; lane++) {
        const at = t * numEnvs + lane;
        expect(rawReward.data[at]).toBe(result.reward[lane]);
        expect(Math.abs((reward.data[at] as number) - limited((result.reward[lane] as number) / deviation))).toBeLessThan(TOLERANCE);
        if (result.terminated[lane] || result.truncated[lane]) {
          running[lane] = 0;
          ends++;
        }
      }
    }
    expect(ends).toBeGreaterThan(numEnvs);
  });
});

it("a policy trained on normalised observations takes raw ones", async () => {
  const run = train({ algo: "ppo", env: "MountainCar-v0", totalSteps: 512, numEnvs: 4, steps: 64, epochs: 1, normalizeObservation: true });
  for await (const _ of run);
  const policy = await run.policy();
  const { header, tensors } = await decodePolicy(await policy.bytes());
  const { observationNormalizer: normalizer, ...plain } = header;
  if (!normalizer) throw new Error("the policy holds no normaliser");
  const [mean, scale] = [normalizer.mean, normalizer.scale].map((name) => tensors.get(name)?.data as Float32Array);
  const module = await loadModule(new URL("../../build/policy.wasm", import.meta.url));
  const bare = await createPolicy(plain, tensors, module);
  // The last one is so far out that the limit decides.
  for (const raw of [Float32Array.of(-0.6, 0.01), Float32Array.of(-0.4, -0.02), Float32Array.of(0.5, 7)]) {
    const seen = raw.map((x, i) => limited((x - (mean?.[i] as number)) * (scale?.[i] as number)));
    const [got, wanted] = [policy.logits(raw), bare.logits(seen)];
    for (const [i, logit] of got.entries()) expect(Math.abs(logit - (wanted[i] as number))).toBeLessThan(TOLERANCE);
  }
  expect(scale?.[1]).toBeGreaterThan(10); // velocities are small, so there is something to normalise
});

function clipped(action: Float32Array | Int32Array, { actionSpace }: (typeof environments)["CartPole-v1"]): number[] {
  if (actionSpace.kind === "discrete") return [...action];
  const size = sizeOf(actionSpace);
  return Array.from(action, (x, i) => Math.min(Math.max(x, actionSpace.low[i % size] as number), actionSpace.high[i % size] as number));
}
