/** TensorFlow.js's memory grows under a run, as others use it too: all views on it are detached, and the run goes on with the same bits. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, expect, it } from "vitest";
import { defineEnvironment } from "../../src/envs/custom.js";
import { environments } from "../../src/envs/registry.js";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import { type TrainOptions, train } from "../../src/run/train.js";
import { tfjsHeap } from "../../src/wasm/tfjs.js";
import { optionsOf } from "../algos/small-runs.js";
import { CartPole } from "../envs/samples.js";

const MIB = 2 ** 20;
const others: tf.Tensor[] = [];
afterEach(() => tf.dispose(others.splice(0)));

/** Has someone else take so much memory that it has to grow. */
function grow(): void {
  const { memory } = tfjsHeap(tf.backend());
  const { buffer } = memory;
  while (memory.buffer === buffer) others.push(tf.zeros([MIB]));
  expect(buffer.byteLength).toBe(0); // detached
}

/** @param between what happens after each of the first iterations */
async function policyOf(options: TrainOptions, between = () => {}): Promise<string> {
  const run = train(options);
  for await (const { iteration } of run) if (iteration <= 2) between();
  return (await run.policy()).sha256;
}

it.each([
  ["ppo", "CartPole-v1", { normalizeReward: true, frameStack: 2 }],
  ["ppo", "Pendulum-v1", { normalizeObservation: true }],
  ["trpo", "CartPole-v1", {}],
  ["dqn", "CartPole-v1", { prioritised: true, nStep: 3 }],
  ["sac", "Pendulum-v1", {}],
] as const)("between iterations of %s on %s", async (algo, env, more) => {
  const options = optionsOf(algo, environments[env], more);
  const wanted = await policyOf(options);
  expect(await policyOf(options, grow)).toBe(wanted);
  expect(others.length).toBeGreaterThan(0);
});

it("in the middle of a rollout, when an environment written in TypeScript computes with it", async () => {
  const growing = (atSteps: readonly number[]): EnvironmentSpec => {
    let steps = 0;
    const create = () =>
      Object.assign(new CartPole(), {
        step(this: CartPole, action: number) {
          if (atSteps.includes(++steps)) grow();
          return CartPole.prototype.step.call(this, action);
        },
      });
    return defineEnvironment({ id: "Growing-v0", timeLimit: 50, create });
  };
  const wanted = await policyOf(optionsOf("ppo", growing([])));
  expect(await policyOf(optionsOf("ppo", growing([30, 101])))).toBe(wanted);
  expect(others.length).toBeGreaterThan(0);
});
