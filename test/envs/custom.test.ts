/** Environments in TypeScript, batched: the semantics of compiled ones, and errors that say where they happened. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { PURPOSE } from "../../src/core/seeds.js";
import { box, discrete } from "../../src/core/spaces.js";
import { type CustomSpec, defineEnvironment } from "../../src/envs/custom.js";
import type { Environment } from "../../src/envs/environment.js";
import { HostRandom } from "../../src/envs/host-random.js";
import { environments } from "../../src/envs/registry.js";
import { makeVec, type VecEnv } from "../../src/envs/vec-env.js";
import { column } from "../../src/wasm/heap.js";
import { bitsOf } from "../oracle/bits.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { randomNumbers } from "../oracle/random.js";
import { CartPole, Drift, walk } from "./samples.js";

const cartPole = defineEnvironment({ id: "TsCartPole-v1", create: () => new CartPole(), timeLimit: 500, rewardThreshold: 475 });
const drift = defineEnvironment({ id: "Drift-v0", create: () => new Drift(), timeLimit: 20 });
const LANE_COUNTS = [1, 2, 3, 4, 5, 8, 13];

/** Float32 physics against float64 physics, one step from the same state: a few roundings of numbers up to about 10. Measured: 2.4e-7. */
const STEP_TOLERANCE = 1e-6;

const randomActions = ({ actionSpace }: CustomSpec, count: number, random: () => number) =>
  Array.from({ length: count }, () =>
    actionSpace.kind === "discrete" ? Math.floor(random() * actionSpace.n) : Math.fround(random() - 0.5),
  );

/** An observation as float32. */
const numbersOf = (observation: number | ArrayLike<number>) => [
  ...Float32Array.from(typeof observation === "number" ? [observation] : observation),
];

/** Copies of all that a run gives, step by step and lane by lane: `[steps + 1][lanes]`. */
function play(env: VecEnv, spec: CustomSpec, seed: number, steps: number, lanes = env.numEnvs): string[][] {
  const random = randomNumbers(1);
  const rowOf = (data: Float32Array, lane: number) =>
    bitsOf(data.slice((lane * data.length) / env.numEnvs, ((lane + 1) * data.length) / env.numEnvs));
  const first = env.reset(seed);
  const record = [Array.from({ length: lanes }, (_, lane) => rowOf(first, lane))];
  for (let t = 0; t < steps; t++) {
    const actions = randomActions(spec, 13, random).slice(0, env.numEnvs);
    const { observation, reward, terminated, truncated, finalObservation } = env.step(actions);
    record.push(
      Array.from({ length: lanes }, (_, lane) => {
        const isEnd = terminated[lane] === 1 || truncated[lane] === 1;
        const rows = [observation, reward, terminated, truncated, ...(isEnd ? [finalObservation] : [])];
        return rows.map((row) => rowOf(row, lane)).join();
      }),
    );
  }
  return record;
}

describe("a CartPole in TypeScript", () => {
  it("steps as the compiled one does, from the same states by the same actions", async () => {
    const [ours, compiled] = [await makeVec(cartPole, { numEnvs: 8 }), await makeVec(environments["CartPole-v1"], { numEnvs: 8 })];
    const random = randomNumbers(2);
    let [ends, worst] = [0, 0];
    expect(bitsOf(ours.reset(4))).toBe(bitsOf(compiled.reset(4)));
    for (let t = 0; t < 1000; t++) {
      for (let lane = 0; lane < 8; lane++) ours.setState(lane, compiled.state(lane));
      const actions = randomActions(cartPole, 8, random);
      const [got, wanted] = [ours.step(actions), compiled.step(actions)];
      expect([...got.terminated, ...got.truncated, ...got.reward]).toEqual([...wanted.terminated, ...wanted.truncated, ...wanted.reward]);
      ends += wanted.terminated.filter(Boolean).length;
      for (const [i, x] of wanted.observation.entries()) worst = Math.max(worst, Math.abs(x - (got.observation[i] as number)));
    }
    expect(worst).toBeLessThan(STEP_TOLERANCE);
    expect(ends).toBeGreaterThan(250);
  });

  it("begins each episode with the very bits of the compiled one, in every lane and for every purpose", async () => {
    for (const purpose of [PURPOSE.environment, PURPOSE.evaluation]) {
      const envs = [
        await makeVec(cartPole, { numEnvs: 5, timeLimit: 1 }),
        await makeVec(environments["CartPole-v1"], { numEnvs: 5, timeLimit: 1 }),
      ];
      const firsts = envs.map((env) => [
        bitsOf(env.reset(9, purpose)),
        ...[1, 2, 3].map(() => bitsOf(env.step([0, 1, 0, 1, 0]).observation)),
      ]);
      expect(firsts[0]).toEqual(firsts[1]);
    }
  });
});

describe.each([
  { name: "with states and actions by index", spec: cartPole },
  { name: "with chance in its steps, continuous actions and an end of its own", spec: drift },
  { name: "that observes an index", spec: defineEnvironment({ id: "Walk-v0", create: walk, timeLimit: 9 }) },
])("a batch of environments $name", ({ spec }) => {
  it("repeats itself bit by bit, in the same batch and in another, and only from the same seed", async () => {
    const env = await makeVec(spec, { numEnvs: 5 });
    const once = play(env, spec, 7, 300);
    expect(play(env, spec, 7, 300)).toEqual(once);
    expect(play(await makeVec(spec, { numEnvs: 5 }), spec, 7, 300)).toEqual(once);
    expect(play(env, spec, 8, 300)).not.toEqual(once);
  });

  it("plays each lane the same however many lanes there are", async () => {
    for (const numEnvs of LANE_COUNTS) {
      const [few, many] = [await makeVec(spec, { numEnvs }), await makeVec(spec, { numEnvs: 13 })];
      // Lane i takes the i-th of thirteen random actions in both.
      expect(play(few, spec, 3, 100), `${numEnvs} lanes`).toEqual(play(many, spec, 3, 100, numEnvs));
    }
  });

  it("keeps an ended episode's last observation and returns the first one of the next", async () => {
    const env = await makeVec(spec, { numEnvs: 3 });
    const players = [0, 1, 2].map((lane) => ({ lane, alone: spec.create(lane) as Environment, episode: 0, elapsed: 0 }));
    const begin = ({ alone, lane, episode }: (typeof players)[number]) =>
      numbersOf(alone.reset(new HostRandom().begin(5, PURPOSE.environment, lane, episode)));
    const row = (data: Float32Array, lane: number) => [...data.subarray((lane * data.length) / 3, ((lane + 1) * data.length) / 3)];
    const first = env.reset(5);
    for (const player of players) expect(row(first, player.lane)).toEqual(begin(player));
    const random = randomNumbers(3);
    for (let t = 0; t < 200; t++) {
      const actions = randomActions(spec, 3, random);
      const { observation, finalObservation, reward, terminated, truncated } = env.step(actions);
      for (const player of players) {
        const { lane, alone } = player;
        const action = actions[lane] as number;
        const wanted = alone.step(spec.actionSpace.kind === "box" ? Float32Array.of(action) : action);
        const isTruncated = wanted.truncated === true || ++player.elapsed === spec.timeLimit;
        const isEnd = wanted.terminated || isTruncated;
        expect([reward[lane], terminated[lane], truncated[lane]]).toEqual([
          Math.fround(wanted.reward),
          Number(wanted.terminated),
          Number(isTruncated),
        ]);
        expect(row(isEnd ? finalObservation : observation, lane)).toEqual(numbersOf(wanted.observation));
        if (!isEnd) continue;
        player.episode++;
        player.elapsed = 0;
        expect(row(observation, lane)).toEqual(begin(player));
      }
    }
    expect(Math.min(...players.map(({ episode }) => episode))).toBeGreaterThan(2);
  });

  it.each([0, 1, 7])("truncates at a limit of %i and not before; 0 is none", async (timeLimit) => {
    const env = await makeVec(spec, { numEnvs: 4, timeLimit });
    const random = randomNumbers(4);
    const elapsed = [0, 0, 0, 0];
    env.reset(1);
    for (let t = 0; t < 100; t++) {
      const { terminated, truncated } = env.step(randomActions(spec, 4, random));
      for (const [lane, before] of elapsed.entries()) {
        const isDue = before + 1 === timeLimit;
        if (spec !== drift || isDue) expect(truncated[lane], `lane ${lane} at step ${t}`).toBe(Number(isDue));
        elapsed[lane] = terminated[lane] || truncated[lane] ? 0 : before + 1;
      }
    }
  });

  it("writes nothing beyond its rows, and follows a memory that grows", async () => {
    for (const numEnvs of LANE_COUNTS) {
      const heap = guardedHeap();
      const env = await makeVec(spec, { numEnvs, heap });
      play(env, spec, 1, 30);
      const before = play(env, spec, 2, 30);
      column(heap, [100_000]);
      expect(play(env, spec, 2, 30)).toEqual(before);
      expect(heap.damaged()).toEqual([]);
    }
  });
});

describe("the state of a lane", () => {
  it("is taken out and put in again, and touches no other lane", async () => {
    const env = await makeVec(cartPole, { numEnvs: 3 });
    env.reset(1);
    const states = [0, 1, 2].map((lane) => env.state(lane));
    const wanted = bitsOf(env.step([1, 0, 1]).observation);
    for (const [lane, state] of states.entries()) env.setState(lane, state);
    expect(bitsOf(env.step([1, 0, 1]).observation)).toBe(wanted);
    expect(() => env.setState(0, [1])).toThrow(new UsageError("a state of TsCartPole-v1 has 4 numbers, not 1"));
  });

  it("is there only where the environment defines it", async () => {
    const env = await makeVec(drift, { numEnvs: 1 });
    env.reset(1);
    const message = "Drift-v0 has no state; define state() and setState(values) to take it out and put it in";
    expect(() => env.state(0)).toThrow(new UsageError(message));
    expect(() => env.setState(0, [])).toThrow(new UsageError(message));
  });

  it("always has as many numbers", async () => {
    const grower = Object.assign(walk(), { state: () => Array(++calls).fill(0), setState: () => {} });
    let calls = 0;
    const env = await makeVec(defineEnvironment({ id: "Grower-v0", create: () => grower, timeLimit: 5 }), { numEnvs: 1 });
    env.reset(0);
    expect(() => env.state(0)).toThrow("Grower-v0, lane 0, episode 1, reset: state() gave 2 numbers, at first 1");
  });
});

describe("a definition", () => {
  const define = (changes: object) => () => defineEnvironment({ id: "Walk-v0", create: walk, timeLimit: 9, ...changes });

  it("becomes a spec with what it says", () => {
    expect(cartPole).toMatchObject({ id: "TsCartPole-v1", timeLimit: 500, rewardThreshold: 475, actionSpace: discrete(2) });
    expect(drift).not.toHaveProperty("rewardThreshold");
  });

  it("knows the types of actions and observations from the spaces", () => {
    defineEnvironment({
      id: "Typed-v0",
      timeLimit: 1,
      create: () => ({
        observationSpace: box([0], [1]),
        actionSpace: box([-1], [1]),
        reset: () => [0],
        step: (action) => ({ observation: action.subarray(0, 1), reward: 0, terminated: false }),
      }),
    });
    // @ts-expect-error: an index is no observation of a box
    const wrong: Environment<ReturnType<typeof box>, ReturnType<typeof discrete>>["reset"] = () => 1;
    expect(wrong).toBeInstanceOf(Function);
  });

  it.each([
    [{ id: "" }, 'the id of an environment is a name such as "Maze-v0", not ""'],
    [{ id: "a/b" }, 'the id of an environment is a name such as "Maze-v0", not "a/b"'],
    [{ id: "__proto__" }, 'the id of an environment is a name such as "Maze-v0", not "__proto__"'],
    [{ timeLimit: -1 }, "Walk-v0: timeLimit is a number of steps, or 0 for none, not -1"],
    [{ timeLimit: 1.5 }, "Walk-v0: timeLimit is a number of steps, or 0 for none, not 1.5"],
    [{ timeLimit: undefined }, "Walk-v0: timeLimit is a number of steps, or 0 for none, not undefined"],
  ])("of %j is refused", (changes, message) => {
    expect(define(changes)).toThrow(new UsageError(message));
  });

  it.each([
    [{ actionSpace: discrete(0) }, "Walk-v0: actionSpace is discrete(0): n is a positive integer"],
    [{ actionSpace: box([1], [0]) }, "Walk-v0: actionSpace has the bounds 1 and 0 for number 0: low is at most high"],
    [
      { observationSpace: box([0, 0], [1]) },
      "Walk-v0: observationSpace has 2 lower and 1 upper bounds; box(low, high) wants as many, at least one",
    ],
    [
      { observationSpace: box([], []) },
      "Walk-v0: observationSpace has 0 lower and 0 upper bounds; box(low, high) wants as many, at least one",
    ],
    [{ observationSpace: box([Number.NaN], [1]) }, "Walk-v0: observationSpace has the bounds NaN and 1 for number 0: low is at most high"],
    [{ observationSpace: undefined }, "Walk-v0: observationSpace is undefined; make it with discrete(n) or box(low, high)"],
  ])("of an environment with %j is refused", (changes, message) => {
    expect(define({ create: () => ({ ...walk(), ...changes }) })).toThrow(new UsageError(message));
  });

  it("whose create() gives one environment twice is refused when a batch is made", async () => {
    const one = walk();
    const spec = defineEnvironment({ id: "Same-v0", create: () => one, timeLimit: 9 });
    await expect(makeVec(spec, { numEnvs: 2 })).rejects.toThrow(
      new UsageError("Same-v0: create() gave the same environment for two lanes; make a new one in each call"),
    );
  });
});
