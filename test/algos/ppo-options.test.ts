/** Options that PPO refuses, and with which words. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { type TrainOptions, train } from "../../src/run/train.js";

const SHORT = { algo: "ppo", env: "CartPole-v1", numEnvs: 5, steps: 40, batchSize: 50 } as const;

describe("options that can't be right are refused before any work", () => {
  const start = (options: Partial<TrainOptions>) => () => train({ ...SHORT, ...options });
  const refused: readonly (readonly [string, () => unknown, string])[] = [
    [
      "a batch that doesn't divide the rollout",
      start({ batchSize: 64 }),
      "batchSize 64 does not divide the 200 transitions of a rollout (40 steps × 5 environments); 50 does",
    ],
    // @ts-expect-error: no such algorithm
    ["an unknown algorithm", start({ algo: "ppo2" }), 'unknown algorithm "ppo2"; known are: reinforce, vpg'],
    // @ts-expect-error: no such environment
    ["an unknown environment", start({ env: "CartPole" }), 'unknown environment "CartPole"; known are: '],
    // @ts-expect-error: no such option
    ["an unknown option", start({ learningrate: 1 }), 'ppo has no option "learningrate"; it has: numEnvs, steps'],
    ["an option that objects inherit", start(JSON.parse('{"constructor": 1}')), 'ppo has no option "constructor"; it has: numEnvs'],
    // @ts-expect-error: no such schedule
    ["a value of the wrong kind", start({ clipRange: "cosine(1)" }), "option clipRange of ppo is a number of at least 0, linear"],
    ["a value out of range", start({ gamma: 1.5 }), "option gamma of ppo is a number from 0 to 1, not 1.5 (default 0.99)"],
    ["no epoch", start({ epochs: 0 }), "option epochs of ppo is an integer of at least 1, not 0 (default 10)"],
    // @ts-expect-error: no such activation
    ["an unknown activation", start({ activation: "gelu" }), 'one of tanh, relu, not "gelu"'],
    // @ts-expect-error: no such backend
    ["an unknown backend", start({ backend: "webgl" }), 'option backend of a run is one of wasm, webgpu, cpu, auto, not "webgl"'],
    ["a seed that is none", start({ seed: -1 }), "option seed of a run is an integer from 0 to 4294967295, not -1"],
    ["no steps", start({ totalSteps: 0 }), "option totalSteps of a run is an integer of at least 1, not 0"],
  ];

  it.each(refused)("%s", (_, start, message) => {
    expect(start).toThrow(UsageError);
    expect(start).toThrow(message);
  });
});
