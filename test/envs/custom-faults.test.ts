/** Environments in TypeScript that give what can't be, or throw; and actions that they can't take. */
import { describe, expect, it } from "vitest";
import { box, discrete } from "../../src/core/spaces.js";
import { defineEnvironment } from "../../src/envs/custom.js";
import { type Environment, EnvironmentError } from "../../src/envs/environment.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { Drift, walk } from "./samples.js";

const drift = defineEnvironment({ id: "Drift-v0", create: () => new Drift(), timeLimit: 20 });

describe("an environment that gives what can't be", () => {
  const NOTHING = { observation: [0, 0], reward: 0, terminated: false };

  /** Lane 1 gives something else in its second step, or its first reset. */
  const faulty = (changes: object, method: "reset" | "step") =>
    defineEnvironment({
      id: "Faulty-v0",
      timeLimit: 50,
      create(lane) {
        let steps = 0;
        const outcome = (isDue: boolean) => (isDue && lane === 1 ? { ...NOTHING, ...changes } : NOTHING);
        return {
          observationSpace: box([-1, -1], [1, 1]),
          actionSpace: discrete(2),
          reset: () => outcome(method === "reset").observation,
          step: () => outcome(method === "step" && ++steps === 2),
        };
      },
    });

  it.each([
    [{ observation: [0] }, "step() gave an observation of length 1; Box(-1, 1, (2,)) wants length 2"],
    [{ observation: [0, 0, 0] }, "step() gave an observation of length 3; Box(-1, 1, (2,)) wants length 2"],
    [{ observation: [0, Number.NaN] }, "step() gave an observation whose number 1 is NaN, no finite float32"],
    [{ observation: [1e39, 0] }, "step() gave an observation whose number 0 is 1e+39, no finite float32"],
    [{ observation: 3 }, "step() gave an observation that is 3; Box(-1, 1, (2,)) wants length 2"],
    [{ observation: undefined }, "step() gave an observation that is undefined; Box(-1, 1, (2,)) wants length 2"],
    [{ reward: Number.NaN }, "step() gave the reward NaN, no finite float32"],
    [{ reward: "1" }, 'step() gave the reward "1", no finite float32'],
    [{ terminated: 1 }, "step() gave 1 as terminated, not true or false"],
    [{ truncated: null }, "step() gave null as truncated, not true or false"],
  ])("as %j is stopped, with lane, episode and step", async (changes, what) => {
    const env = await makeVec(faulty(changes, "step"), { numEnvs: 3 });
    env.reset(0);
    env.step([0, 0, 0]);
    expect(() => env.step([0, 0, 0])).toThrow(new EnvironmentError(`Faulty-v0, lane 1, episode 1, step 2: ${what}`));
  });

  it("in reset() is stopped, too", async () => {
    const env = await makeVec(faulty({ observation: [1] }, "reset"), { numEnvs: 3 });
    expect(() => env.reset(0)).toThrow(
      new EnvironmentError("Faulty-v0, lane 1, episode 1, reset: reset() gave an observation of length 1; Box(-1, 1, (2,)) wants length 2"),
    );
  });

  it.each([
    ["step", "step() gave a promise; an environment that answers in promises is defined with defineAsyncEnvironment"],
    ["reset", "reset() gave a promise; an environment that answers in promises is defined with defineAsyncEnvironment"],
  ])("as a promise from %s() is told how to be defined", async (method, what) => {
    const create = () => ({ ...walk(), [method]: async () => 0 }) as unknown as Environment;
    const env = await makeVec(defineEnvironment({ id: "Late-v0", create, timeLimit: 9 }), { numEnvs: 1 });
    expect(() => {
      env.reset(0);
      env.step([0]);
    }).toThrow(what);
  });

  it("as an index beyond its observations is stopped", async () => {
    const create = () => ({ ...walk(), reset: () => 5 });
    const env = await makeVec(defineEnvironment({ id: "Far-v0", create, timeLimit: 9 }), { numEnvs: 1 });
    expect(() => env.reset(0)).toThrow("Far-v0, lane 0, episode 1, reset: reset() gave the observation 5, outside Discrete(5)");
  });
});

describe("an action", () => {
  it("outside a box is stopped, with its lane", async () => {
    const env = await makeVec(drift, { numEnvs: 3 });
    env.reset(0);
    expect(() => env.step([0, 0.5, 0.6])).toThrow(
      "Drift-v0, lane 2, episode 1, step 1: action [0.6000000238418579] is outside Box(-0.5, 0.5, (1,))",
    );
  });

  it("at a bound that float32 rounds upwards is taken", async () => {
    const create = () => Object.assign(new Drift(), { actionSpace: box([-0.1], [0.1]) });
    const env = await makeVec(defineEnvironment({ id: "Tenth-v0", create, timeLimit: 9 }), { numEnvs: 2 });
    env.reset(0);
    expect(env.step([0.1, -0.1]).reward).toHaveLength(2);
  });

  it("may be kept and changed by the environment: it is a copy", async () => {
    const kept: Float32Array[] = [];
    class Keeper extends Drift {
      override step(action: Float32Array) {
        kept.push(action);
        return super.step(action);
      }
    }
    const env = await makeVec(defineEnvironment({ id: "Keeper-v0", create: () => new Keeper(), timeLimit: 9 }), { numEnvs: 1 });
    env.reset(0);
    for (const action of [0.25, 0.5, -0.25]) env.step([action]);
    expect(kept.map(([x]) => x)).toEqual([0.25, 0.5, -0.25]);
  });
});

function errorOf(work: () => void): Error | undefined {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

describe("an environment that throws", () => {
  it.each(["step", "reset"])("in %s() ends with its own error as the cause, and its stack first of all", async (method) => {
    const thrown = new TypeError("no such door");
    const create = (lane: number) => ({
      ...walk(),
      [method]: () => {
        if (lane === 2) throw thrown;
        return method === "reset" ? 1 : { observation: 1, reward: 0, terminated: false };
      },
    });
    const env = await makeVec(defineEnvironment({ id: "Maze-v0", create: create as () => Environment, timeLimit: 9 }), { numEnvs: 3 });
    const error = errorOf(() => {
      env.reset(0);
      env.step([0, 0, 0]);
    });
    const moment = method === "step" ? "step 1" : "reset";
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error?.message).toBe(`Maze-v0, lane 2, episode 1, ${moment}: ${method}() threw TypeError: no such door`);
    expect(error?.cause).toBe(thrown);
    expect(error?.stack).toBe(`EnvironmentError: ${error?.message}\n${thrown.stack}`);
  });
});
