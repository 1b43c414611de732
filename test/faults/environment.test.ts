/** Environments of functions that go wrong in the middle of training: an error that says where, and what was learned stays. */
import { expect, it } from "vitest";
import { defineAsyncEnvironment, defineEnvironment } from "../../src/envs/custom.js";
import { type Environment, EnvironmentError } from "../../src/envs/environment.js";
import { environments } from "../../src/envs/registry.js";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import { loadPolicy } from "../../src/policy/policy.js";
import { evaluate } from "../../src/run/evaluate.js";
import { train } from "../../src/run/train.js";

const { observationSpace, actionSpace } = environments["CartPole-v1"];
const OBSERVATION = [0, 0, 0, 0];
const RIGHT = { observation: OBSERVATION, reward: 1, terminated: false };
/** Of four lanes with episodes of ten steps, 64 steps in an iteration, lane 2 goes wrong in its 39th step: in the third iteration. */
const FATAL = 39;
const WHERE = "Wrong-v0, lane 2, episode 4, step 9";
const RUN = { algo: "ppo", numEnvs: 4, steps: 16, batchSize: 64, epochs: 1, hidden: [8], totalSteps: 640, seed: 1 } as const;

/** @param go what lane 2 does in its fatal step */
function wrong(go: () => unknown): EnvironmentSpec {
  const create = (lane: number) => {
    let steps = 0;
    const step = () => (lane === 2 && ++steps === FATAL ? go() : RIGHT);
    return { observationSpace, actionSpace, reset: () => OBSERVATION, step } as Environment;
  };
  return defineEnvironment({ id: "Wrong-v0", timeLimit: 10, create });
}

async function failureOf(env: EnvironmentSpec): Promise<EnvironmentError> {
  const run = train({ ...RUN, env });
  const iterations: number[] = [];
  const error: unknown = await (async () => {
    for await (const { iteration } of run) iterations.push(iteration);
  })().catch((thrown: unknown) => thrown);
  expect(iterations).toEqual([1, 2]);
  const policy = await loadPolicy(await (await run.policy()).bytes());
  expect(policy.header.training.steps).toBe(128);
  expect((await evaluate(policy, { env: "CartPole-v1", episodes: 2 })).episodes).toBe(2);
  expect(error).toBeInstanceOf(EnvironmentError);
  return error as EnvironmentError;
}

it.each<[what: string, go: () => unknown, complaint: string | RegExp]>([
  [
    "throws",
    () => {
      throw new RangeError("no ground");
    },
    "step() threw RangeError: no ground",
  ],
  [
    "throws no error",
    () => {
      throw "a tantrum";
    },
    "step() threw a tantrum",
  ],
  ["gives nothing", () => undefined, "step() gave undefined, not { observation, reward, terminated }"],
  ["gives null", () => null, "step() gave null, not { observation, reward, terminated }"],
  ["gives a number", () => 1, "step() gave 1, not { observation, reward, terminated }"],
  ["gives a promise", () => Promise.resolve(RIGHT), /^step\(\) gave a promise; .*defineAsyncEnvironment/],
  [
    "observes NaN",
    () => ({ ...RIGHT, observation: [0, Number.NaN, 0, 0] }),
    "step() gave an observation whose number 1 is NaN, no finite float32",
  ],
  ["observes too much for float32", () => ({ ...RIGHT, observation: [0, 0, 1e39, 0] }), /whose number 2 is 1e\+39, no finite float32$/],
  ["observes too little", () => ({ ...RIGHT, observation: [0, 0, 0] }), /gave an observation of length 3; .* wants length 4$/],
  ["observes nothing", () => ({ ...RIGHT, observation: undefined }), /gave an observation that is undefined; .* wants length 4$/],
  ["rewards without end", () => ({ ...RIGHT, reward: Infinity }), "step() gave the reward Infinity, no finite float32"],
  ["rewards in words", () => ({ ...RIGHT, reward: "1" }), 'step() gave the reward "1", no finite float32'],
  ["is not sure whether it ended", () => ({ ...RIGHT, terminated: undefined }), "step() gave undefined as terminated, not true or false"],
])("one that %s", async (_, go, complaint) => {
  const { message } = await failureOf(wrong(go));
  expect(message.slice(0, WHERE.length + 2)).toBe(`${WHERE}: `);
  expect(message.slice(WHERE.length + 2)).toMatch(complaint);
});

it("one that never answers, if it was given a time to answer in", async () => {
  const create = (lane: number) => {
    let steps = 0;
    const step = async () => (lane === 2 && ++steps === FATAL ? new Promise<typeof RIGHT>(() => {}) : RIGHT);
    return { reset: () => OBSERVATION, step };
  };
  const options = { id: "Wrong-v0", timeLimit: 10, observationSpace, actionSpace, answerTimeout: 0.2 };
  const { message } = await failureOf(defineAsyncEnvironment({ ...options, create }));
  expect(message).toBe(`${WHERE}: step() threw TimeoutError: no answer within 0.2 s`);
});
