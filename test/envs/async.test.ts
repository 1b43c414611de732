/** Environments whose answers take their time: the same numbers as those that answer at once, only later. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { type Box, type Discrete, discrete, featuresOf, sizeOf } from "../../src/core/spaces.js";
import { settled } from "../../src/envs/async-kernels.js";
import { type CustomSpec, closable, defineAsyncEnvironment, defineEnvironment } from "../../src/envs/custom.js";
import type { AsyncEnvironment, Environment } from "../../src/envs/environment.js";
import type { HostRandom } from "../../src/envs/host-random.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { createRollout, type Rollout, type RolloutOptions } from "../../src/rollout/rollout.js";
import type { Sampler } from "../../src/rollout/sampler.js";
import { column, ownHeap } from "../../src/wasm/heap.js";
import { bitsOf } from "../oracle/bits.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { randomLayers } from "../oracle/network.js";
import { CartPole, Drift, Slow } from "./samples.js";

const cartPole = defineEnvironment({ id: "Pole-v0", create: () => new CartPole(), timeLimit: 13 });
const drift = defineEnvironment({ id: "Drift-v0", create: () => new Drift(), timeLimit: 13 });

/** The same environments, each in a place from where it answers late, in an order that changes. */
function slowed({ create, ...rest }: CustomSpec): CustomSpec {
  return defineAsyncEnvironment({ ...rest, create: async (lane) => new Slow(create(lane) as Environment, lane) });
}

/** A drifting point of which only the side of the middle is observed. */
class Sides implements Environment<Discrete, Box> {
  readonly #drift = new Drift();
  readonly observationSpace = discrete(2);
  readonly actionSpace = this.#drift.actionSpace;

  reset(random: HostRandom) {
    return sideOf(this.#drift.reset(random));
  }

  step(action: Float32Array) {
    const { observation, ...rest } = this.#drift.step(action);
    return { ...rest, observation: sideOf(observation) };
  }
}

function sideOf({ 0: place = 0 }: ArrayLike<number>): number {
  return Number(place > 0);
}

const sides = defineEnvironment({ id: "Sides-v0", create: () => new Sides(), timeLimit: 13 });

async function rolloutOf(
  spec: CustomSpec,
  steps: number,
  numEnvs: number,
  heap = ownHeap(),
  options: Partial<RolloutOptions> = {},
): Promise<Rollout> {
  const env = await makeVec(spec, { numEnvs, heap });
  const inputs = featuresOf(spec.observationSpace);
  const actor = randomLayers(heap, [inputs, 6, featuresOf(spec.actionSpace)], "tanh", 1);
  const critic = randomLayers(heap, [inputs, 6, 1], "tanh", 2);
  const logStd = spec.actionSpace.kind === "box" ? column(heap, [sizeOf(spec.actionSpace)]) : undefined;
  const sampler: Sampler = logStd ? { kind: "gaussian", logStd } : { kind: "categorical" };
  return createRollout(env, { actor, critic, sampler }, { steps, seed: 3, ...options });
}

const bitsOfRollout = ({ columns }: Rollout) => Object.values(columns).map(({ data }) => bitsOf(data.slice()));

describe.each([
  { id: "an index for each action", spec: cartPole, options: {} },
  { id: "vectors for actions", spec: drift, options: {} },
  { id: "indices to observe", spec: sides, options: {} },
  { id: "normalised observations and rewards", spec: drift, options: { normalizeObservation: true, normalizeReward: true, gamma: 0.9 } },
])("a rollout of an asynchronous environment with $id", ({ spec, options }) => {
  it("records the bits of its synchronous twin, rollout by rollout", async () => {
    for (const numEnvs of [1, 5, 8]) {
      const [now, later] = await Promise.all(
        [spec, slowed(spec)].map((one) => rolloutOf(one, 40, numEnvs, ownHeap(), options)) as [Promise<Rollout>, Promise<Rollout>],
      );
      for (let i = 0; i < 3; i++) {
        expect(now.collect()).toBeUndefined();
        await later.collect();
        expect(bitsOfRollout(later), `rollout ${i} of ${numEnvs} lanes`).toEqual(bitsOfRollout(now));
      }
      expect(now.columns.truncated.data).toContain(1);
      expect(now.columns.finalValue.data.some((x) => x !== 0)).toBe(true);
    }
  });

  it("writes nothing beyond its columns, and follows a memory that grows while it waits", async () => {
    const [heap, reference] = [guardedHeap(), await rolloutOf(spec, 40, 5, ownHeap(), options)];
    const rollout = await rolloutOf(slowed(spec), 40, 5, heap, options);
    const collecting = rollout.collect();
    await new Promise((resolve) => setTimeout(resolve, 3));
    column(heap, [1_000_000]);
    await collecting;
    reference.collect();
    expect(bitsOfRollout(rollout)).toEqual(bitsOfRollout(reference));
    expect(heap.damaged()).toEqual([]);
  });
});

describe("lanes", () => {
  it("are stepped side by side: a step takes as long as its slowest lane", async () => {
    let [busy, most] = [0, 0];
    const spec = slowed(cartPole);
    const create = (lane: number): AsyncEnvironment => ({
      reset: (random) => new CartPole().reset(random),
      async step() {
        most = Math.max(most, ++busy);
        await new Promise((resolve) => setTimeout(resolve, 1 + (lane % 3)));
        busy--;
        return { observation: [0, 0, 0, 0], reward: lane, terminated: false };
      },
    });
    const env = await makeVec(defineAsyncEnvironment({ ...spec, create }), { numEnvs: 6 });
    env.reset(0);
    expect(await settled(env)).toBe(0);
    const { reward } = env.step(Array(6).fill(0));
    expect(await settled(env)).toBe(0);
    expect([...reward]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(6);
  });

  it("that end are counted when the step has settled", async () => {
    const env = await makeVec(slowed(cartPole), { numEnvs: 3, timeLimit: 1 });
    env.reset(0);
    await settled(env);
    env.step([0, 0, 0]);
    expect(await settled(env)).toBe(3);
  });

  it("of synchronous environments have always settled", async () => {
    const env = await makeVec(cartPole, { numEnvs: 3, timeLimit: 1 });
    env.reset(0);
    env.step([0, 0, 0]);
    expect(await settled(env)).toBe(0);
  });
});

describe("an asynchronous batch", () => {
  it("refuses a step before the one at hand has settled, and goes on with it", async () => {
    const env = await makeVec(slowed(cartPole), { numEnvs: 2 });
    const message = "Pole-v0 is asynchronous and still at its last step; await settled(env) before the next";
    env.reset(0);
    expect(() => env.step([0, 0])).toThrow(new UsageError(message));
    expect(() => env.reset(0)).toThrow(new UsageError(message));
    await settled(env);
    const { reward } = env.step([0, 0]);
    await settled(env);
    expect([...reward]).toEqual([1, 1]);
  });

  it("has no states to take out", async () => {
    const env = await makeVec(slowed(cartPole), { numEnvs: 2 });
    expect(() => env.state(0)).toThrow(
      new UsageError("Pole-v0 is asynchronous; the states of such environments can't be taken out or put in"),
    );
  });

  it("closes its environments, those that fail to close included", async () => {
    const closed: number[] = [];
    const create = async (lane: number): Promise<AsyncEnvironment> =>
      Object.assign(new Slow(new CartPole(), lane), {
        async close() {
          closed.push(lane);
          if (lane === 0) throw new Error("can't");
        },
      });
    const { spec, close } = closable(defineAsyncEnvironment({ ...slowed(cartPole), create }));
    const env = await makeVec(spec, { numEnvs: 3 });
    env.reset(0);
    await settled(env);
    await close();
    expect(closed.sort()).toEqual([0, 1, 2]);
  });
});

describe("a failure", () => {
  const thrown = new RangeError("lost the connection");
  const failing = (method: "create" | "reset" | "step") =>
    defineAsyncEnvironment({
      ...slowed(cartPole),
      async create(lane) {
        const fail = async (at: string) => {
          if (lane === 1 && at === method) throw thrown;
        };
        await fail("create");
        return {
          reset: (random) => fail("reset").then(() => new CartPole().reset(random)),
          step: () => fail("step").then(() => ({ observation: [0, 0, 0, 0], reward: 0, terminated: false })),
        };
      },
    });

  it.each([
    ["create", "Pole-v0, lane 1: create() threw RangeError: lost the connection"],
    ["reset", "Pole-v0, lane 1, episode 1, reset: reset() threw RangeError: lost the connection"],
    ["step", "Pole-v0, lane 1, episode 1, step 1: step() threw RangeError: lost the connection"],
  ] as const)("of %s() ends a rollout with its own error as the cause", async (method, message) => {
    const error = await (await rolloutOf(failing(method), 10, 3)).collect()?.catch((error: Error) => error);
    expect(error).toMatchObject({ name: "EnvironmentError", message, cause: thrown });
    expect((error as Error).stack).toContain(`\n${thrown.stack}`);
  });

  it("by a value that can't be says where", async () => {
    const create = (lane: number): AsyncEnvironment => ({
      reset: async () => [0, 0, 0, 0],
      step: async () => ({ observation: [0, 0, lane === 2 ? Number.NaN : 0, 0], reward: 0, terminated: false }),
    });
    const rollout = await rolloutOf(defineAsyncEnvironment({ ...slowed(cartPole), create }), 10, 3);
    await expect(rollout.collect()).rejects.toThrow(
      "Pole-v0, lane 2, episode 1, step 1: step() gave an observation whose number 2 is NaN, no finite float32",
    );
  });

  it("leaves no lane behind that writes later", async () => {
    const heap = ownHeap();
    const create = (lane: number): AsyncEnvironment => ({
      reset: async () => [0, 0, 0, 0],
      async step() {
        if (lane === 0) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { observation: [1, 1, 1, 1], reward: 1, terminated: false };
      },
    });
    const rollout = await rolloutOf(defineAsyncEnvironment({ ...slowed(cartPole), create }), 10, 3, heap);
    await expect(rollout.collect()).rejects.toThrow("lost the connection");
    const before = bitsOfRollout(rollout);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bitsOfRollout(rollout)).toEqual(before);
  });

  it("by one environment for two lanes is refused", async () => {
    const one = new Slow(new CartPole(), 0);
    const rollout = await rolloutOf(defineAsyncEnvironment({ ...slowed(cartPole), create: async () => one }), 10, 3);
    await expect(rollout.collect()).rejects.toThrow(
      "Pole-v0: create() gave the same environment for two lanes; make a new one in each call",
    );
  });
});

describe("an environment that doesn't answer", () => {
  const never = new Promise<never>(() => {});

  /** Its second lane never answers to one of its calls, and no lane to being closed. */
  const stuck = (hangs: "create" | "reset" | "step", answerTimeout = 0.05) =>
    defineAsyncEnvironment({
      id: "Stuck-v0",
      timeLimit: 5,
      answerTimeout,
      observationSpace: cartPole.observationSpace,
      actionSpace: cartPole.actionSpace,
      create: (lane) => (hangs === "create" && lane === 1 ? never : environmentThat(hangs, lane)),
    });

  function environmentThat(hangs: string, lane: number): AsyncEnvironment {
    const pole = new CartPole() as unknown as Environment;
    return {
      reset: (random) => (hangs === "reset" && lane === 1 ? never : pole.reset(random)),
      step: (action) => (hangs === "step" && lane === 1 ? never : pole.step(action)),
      close: () => never,
    };
  }

  it.each([
    ["create", "Stuck-v0, lane 1: create() threw TimeoutError: no answer within 0.05 s"],
    ["reset", "Stuck-v0, lane 1, episode 1, reset: reset() threw TimeoutError: no answer within 0.05 s"],
    ["step", "step() threw TimeoutError: no answer within 0.05 s"],
  ] as const)("in %s ends the run with an error that says so", async (hangs, message) => {
    const { spec, close } = closable(stuck(hangs));
    const collected = rolloutOf(spec as CustomSpec, 4, 3).then((rollout) => rollout.collect());
    await expect(collected).rejects.toThrow(message);
    await close();
  });

  it("is none where answers come in time, and a limit that makes no sense is refused", async () => {
    const limited = defineAsyncEnvironment({ ...slowed(cartPole), answerTimeout: 30 } as Parameters<typeof defineAsyncEnvironment>[0]);
    const [now, later] = await Promise.all([rolloutOf(cartPole, 20, 3), rolloutOf(limited, 20, 3)]);
    now.collect();
    await later.collect();
    expect(bitsOfRollout(later)).toEqual(bitsOfRollout(now));
    expect(() => stuck("step", -1)).toThrow("Stuck-v0: answerTimeout is a number of seconds above 0 and at most 2,000,000, not -1");
  });
});
