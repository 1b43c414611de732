/** What every environment owes to those who step it, whatever its physics. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { PURPOSE } from "../../src/core/seeds.js";
import { sizeOf } from "../../src/core/spaces.js";
import { defineEnvironment } from "../../src/envs/custom.js";
import { makeVec, type StepResult } from "../../src/envs/vec-env.js";
import { compiled, ENDLESS, isCompiled, randomActions, registered, SINGLE_START, SLIPPERY, scalarTwin } from "../oracle/environments.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { randomNumbers } from "../oracle/random.js";
import { actionTable, bitsOfStep, LANE_COUNTS, LANES, play, row, type Spec, snapshot, terminalTransition } from "./playing.js";
import { CartPole } from "./samples.js";

/** A state that can be taken out whole: `state()` gives float32 numbers, so these are what it goes on with. */
class RoundedCartPole extends CartPole {
  override reset(...args: Parameters<CartPole["reset"]>) {
    super.reset(...args);
    return this.#round();
  }

  override step(action: number) {
    const outcome = super.step(action);
    return { ...outcome, observation: this.#round() };
  }

  #round(): number[] {
    const state = Float32Array.from(this.state());
    this.setState(state);
    return [...state];
  }
}

/** The whole registry, and a task written in TypeScript. */
const everyKind: readonly Spec[] = [
  ...registered,
  defineEnvironment({ id: "CartPole-in-TypeScript-v1", create: () => new RoundedCartPole(), timeLimit: 500 }),
];

it("the registry keeps each environment under its own id", () => {
  expect(registered.map(({ id }) => id)).toContain("CartPole-v1");
  expect(new Set(compiled.map(({ module }) => (module as URL).href)).size).toBe(compiled.length);
});

describe.each(everyKind.map((spec) => ({ id: spec.id, spec })))("$id", ({ id, spec }) => {
  const width = sizeOf(spec.observationSpace);
  const actionSize = sizeOf(spec.actionSpace);
  /** Whether a state and an action are known to end an episode. */
  const canTerminate = !ENDLESS.has(id) && !SLIPPERY.has(id);

  it("repeats itself bit by bit from the same seed, in the same batch and in another", async () => {
    const actions = actionTable(spec, 300);
    const env = await makeVec(spec, { numEnvs: LANES, timeLimit: 50 });
    const once = play(env, 7, actions);
    expect(play(env, 7, actions)).toEqual(once);
    expect(play(await makeVec(spec, { numEnvs: LANES, timeLimit: 50 }), 7, actions)).toEqual(once);
  });

  it("starts in the task's only state, or elsewhere for another seed, purpose, lane and episode", async () => {
    const env = await makeVec(spec, { numEnvs: LANES, timeLimit: 1 });
    const starts = [0, 1].map((episode) => {
      const rows = episode === 0 ? env.reset(7) : env.step(actionTable(spec, 1)[0] as number[]).observation;
      return Array.from({ length: LANES }, (_, lane) => String(row(rows, lane, LANES)));
    });
    const others = [() => env.reset(8), () => env.reset(7, PURPOSE.evaluation), () => env.reset(2 ** 32 - 1)];
    if (SINGLE_START.has(id)) {
      expect(new Set(starts.flat()).size).toBe(1);
    } else {
      expect(starts[1]).not.toEqual(starts[0]);
      expect(new Set(starts[0]).size).toBeGreaterThan(LANES / 2);
      for (const other of others) expect(Array.from(other())).not.toEqual(Array.from(env.reset(7)));
    }
  });

  it("plays each lane the same however many lanes there are", async () => {
    const actions = actionTable(spec, 300);
    const reference = await makeVec(spec, { numEnvs: LANES, timeLimit: 50 });
    for (const numEnvs of LANE_COUNTS) {
      const env = await makeVec(spec, { numEnvs, timeLimit: 50 });
      expect(play(env, 3, actions), `${numEnvs} lanes`).toEqual(play(reference, 3, actions, numEnvs));
    }
  });

  it("writes nothing beyond its rows", async () => {
    for (const numEnvs of LANE_COUNTS) {
      const heap = guardedHeap();
      const env = await makeVec(spec, { numEnvs, timeLimit: 2, heap });
      heap.soil();
      const clean = await makeVec(spec, { numEnvs, timeLimit: 2 });
      expect(play(env, 1, actionTable(spec, 10))).toEqual(play(clean, 1, actionTable(spec, 10)));
      for (let lane = 0; lane < numEnvs; lane++) env.setState(lane, env.state(lane));
      expect(heap.damaged(), `${numEnvs} lanes`).toEqual([]);
    }
  });

  it("stays finite and within its observation space for a million random steps, with rewards and flags of the right kind", async () => {
    const env = await makeVec(spec, { numEnvs: 1000 });
    const { observationSpace } = spec;
    const [low, high] = observationSpace.kind === "box" ? [observationSpace.low, observationSpace.high] : [[0], [observationSpace.n - 1]];
    const [floor, ceiling] = [Float32Array.from(low), Float32Array.from(high)];
    const random = randomNumbers(5);
    const strays: string[] = [];
    const check = (observation: Float32Array, what: string) => {
      for (let i = 0; i < observation.length; i++) {
        const [value, k] = [observation[i] as number, i % width];
        const fits = Number.isFinite(value) && value >= (floor[k] as number) && value <= (ceiling[k] as number);
        if (!fits) strays.push(`${what}: component ${k} is ${value}`);
      }
    };
    let ended = 0;
    check(env.reset(11), "reset");
    for (let t = 0; t < 1000; t++) {
      const { observation, finalObservation, reward, terminated, truncated } = env.step(randomActions(spec, env.numEnvs, random));
      check(observation, `step ${t}`);
      for (let lane = 0; lane < env.numEnvs; lane++) {
        if (!Number.isFinite(reward[lane])) strays.push(`step ${t}: reward ${reward[lane]}`);
        const [isTerminated, isTruncated] = [terminated[lane] as number, truncated[lane] as number];
        if (isTerminated * (1 - isTerminated) !== 0 || isTruncated * (1 - isTruncated) !== 0)
          strays.push(`step ${t}: a flag is not 0 or 1`);
        if (!(isTerminated || isTruncated)) continue;
        check(finalObservation.subarray(lane * width, (lane + 1) * width), `end at step ${t}`);
        ended++;
      }
    }
    expect(strays.slice(0, 5)).toEqual([]);
    expect(ended).toBeGreaterThan(0);
  });

  // An environment that isn't compiled has no scalar twin.
  // Tables are stepped in integers, by one kernel that has no twin.
  it.skipIf(!isCompiled(spec))("gives the bits of its scalar twin over a long run with resets", async () => {
    if (!isCompiled(spec)) return;
    const steps = 5000;
    const random = randomNumbers(23);
    const envs = [
      await makeVec(spec, { numEnvs: LANES, timeLimit: 300 }),
      await makeVec(scalarTwin(spec), { numEnvs: LANES, timeLimit: 300 }),
    ];
    const firsts = envs.map((env) => [...env.reset(2)]);
    expect(firsts[0]).toEqual(firsts[1]);
    let episodes = 0;
    for (let t = 0; t < steps; t++) {
      const actions = randomActions(spec, LANES, random);
      const [simd, scalar] = envs.map((env) => env.step(actions)) as [StepResult, StepResult];
      const [a, b] = [snapshot(simd), snapshot(scalar)];
      if (bitsOfStep(a) !== bitsOfStep(b)) expect(a, `step ${t}`).toEqual(b);
      episodes += a.terminated.filter((flag, lane) => flag + (a.truncated[lane] as number) > 0).length;
    }
    expect(Array.from({ length: LANES }, (_, lane) => envs[0]?.state(lane))).toEqual(
      Array.from({ length: LANES }, (_, lane) => envs[1]?.state(lane)),
    );
    expect(episodes).toBeGreaterThan(3 * LANES);
  });

  it("keeps an ended episode's last observation and returns the first one of the next", async () => {
    const actions = actionTable(spec, 400);
    const env = await makeVec(spec, { numEnvs: LANES, timeLimit: 30 });
    // Its episodes are one step long: step k returns the first observations of episode k.
    const starts = await makeVec(spec, { numEnvs: LANES, timeLimit: 1 });
    const firsts = [starts.reset(9).slice(), ...actionTable(spec, 100).map((row) => starts.step(row).observation.slice())];
    // One lane, of scalar physics where there is one, which no time limit ends: it goes on from any state.
    const continuation = await makeVec(isCompiled(spec) ? scalarTwin(spec) : spec, { numEnvs: 1, timeLimit: 0 });
    continuation.reset(0);
    const episode = Array<number>(LANES).fill(0);
    const strays: string[] = [];
    let ends = 0;
    env.reset(9);
    for (const [t, action] of actions.entries()) {
      const states = episode.map((_, lane) => env.state(lane));
      const { observation, reward, terminated, truncated, finalObservation } = env.step(action);
      for (let lane = 0; lane < LANES; lane++) {
        continuation.setState(0, states[lane] as Float32Array);
        const alone = continuation.step(action.slice(lane * actionSize, (lane + 1) * actionSize));
        const last = alone.terminated[0] ? alone.finalObservation : alone.observation;
        const isEnd = terminated[lane] === 1 || truncated[lane] === 1;
        episode[lane] = (episode[lane] as number) + Number(isEnd);
        ends += Number(isEnd);
        const next = isEnd ? row(firsts[episode[lane] as number] as Float32Array, lane, LANES) : last;
        const got = [
          row(observation, lane, LANES),
          row(isEnd ? finalObservation : observation, lane, LANES),
          [reward[lane], terminated[lane]],
        ];
        const wanted = [[...next], [...last], [alone.reward[0], alone.terminated[0]]];
        if (SLIPPERY.has(id) && isEnd) got.splice(1, 2, ...wanted.slice(1)); // another draw: only the next episode's start is known
        if (SLIPPERY.has(id) && !isEnd) continue;
        if (String(got) !== String(wanted)) strays.push(`lane ${lane} at step ${t}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
      }
    }
    expect(strays.slice(0, 5)).toEqual([]);
    expect(ends).toBeGreaterThan(3 * LANES);
  });

  it.each([
    ["its own time limit", spec.timeLimit, undefined],
    ["a limit of 1", 1, 1],
    ["a limit of 7", 7, 7],
  ])("truncates exactly at %s, again and again", async (_, limit, timeLimit) => {
    const env = await makeVec(spec, timeLimit === undefined ? { numEnvs: 5 } : { numEnvs: 5, timeLimit });
    const random = randomNumbers(31);
    env.reset(1);
    const start = env.state(0); // held there, no episode ends by itself
    const truncations: number[][] = [];
    let terminations = 0;
    for (let t = 1; t <= 2 * limit + 1; t++) {
      for (let lane = 0; lane < 5; lane++) env.setState(lane, start);
      const { terminated, truncated } = env.step(randomActions(spec, 5, random));
      truncations.push([...truncated]);
      terminations += terminated.filter(Boolean).length;
    }
    expect(truncations).toEqual(truncations.map((_, i) => Array(5).fill(Number((i + 1) % limit === 0))));
    expect(terminations).toBe(0);
  });

  it("counts time in each lane from that lane's last reset, and sets both flags where both ends meet", async () => {
    const limit = 7;
    const env = await makeVec(spec, { numEnvs: LANES, timeLimit: limit });
    const clock = Array<number>(LANES).fill(0);
    const random = randomNumbers(37);
    const terminal = canTerminate ? await terminalTransition(spec) : undefined;
    const strays: string[] = [];
    const ends = { terminated: 0, truncated: 0, both: 0 };
    env.reset(6);
    for (let t = 0; t < 300; t++) {
      const actions = randomActions(spec, LANES, random);
      for (let lane = 0; terminal && lane < LANES; lane++) {
        if (random() > 0.1) continue; // now and then a lane is made to terminate
        env.setState(lane, terminal.state);
        actions.splice(lane * actionSize, actionSize, ...terminal.action);
      }
      const { terminated, truncated } = env.step(actions);
      for (let lane = 0; lane < LANES; lane++) {
        const elapsed = (clock[lane] as number) + 1;
        if (truncated[lane] !== Number(elapsed === limit))
          strays.push(`lane ${lane} at step ${t}: ${truncated[lane]} after ${elapsed} steps`);
        clock[lane] = terminated[lane] || truncated[lane] ? 0 : elapsed;
        ends.both += (terminated[lane] as number) * (truncated[lane] as number);
        ends.terminated += terminated[lane] as number;
        ends.truncated += truncated[lane] as number;
      }
    }
    expect(strays).toEqual([]);
    expect(ends.truncated).toBeGreaterThan(ends.both);
    if (!ENDLESS.has(id)) expect(ends.terminated).toBeGreaterThan(ends.both);
    if (!ENDLESS.has(id)) expect(ends.both).toBeGreaterThan(0);
  });

  // Pendulum never terminates, and on slippery ground no action is sure to.
  it.skipIf(!canTerminate)("tells termination from truncation, and sets both flags where both happen", async () => {
    const { state, action } = await terminalTransition(spec);
    for (const [timeLimit, truncation] of [
      [0, 0],
      [3, 1],
    ] as const) {
      const env = await makeVec(spec, { numEnvs: 5, timeLimit });
      env.reset(1);
      const start = env.state(0);
      const actions = Array(5).fill(action).flat();
      for (let t = 0; t < 3; t++) {
        for (let lane = 0; lane < 5; lane++) env.setState(lane, t === 2 && lane === 1 ? state : start);
        const { terminated, truncated } = env.step(actions);
        expect([...terminated]).toEqual(t === 2 ? [0, 1, 0, 0, 0] : [0, 0, 0, 0, 0]);
        expect([...truncated]).toEqual(Array(5).fill(t === 2 ? truncation : 0));
      }
    }
  });

  it("never truncates without a limit", async () => {
    const env = await makeVec(spec, { numEnvs: LANES, timeLimit: 0 });
    const random = randomNumbers(41);
    env.reset(1);
    let truncations = 0;
    for (let t = 0; t < 2 * spec.timeLimit; t++)
      truncations += env.step(randomActions(spec, LANES, random)).truncated.filter(Boolean).length;
    expect(truncations).toBe(0);
  });

  it("takes a lane's state out and puts it in again, and touches no other lane", async () => {
    const actions = actionTable(spec, 6);
    const env = await makeVec(spec, { numEnvs: LANES });
    play(env, 4, actions.slice(0, 2)); // far from any end of an episode, which would begin another
    const states = Array.from({ length: LANES }, (_, lane) => env.state(lane));
    const wanted = actions.slice(2).map((row) => snapshot(env.step(row)));
    for (let lane = LANES - 1; lane >= 0; lane--) env.setState(lane, [...(states[lane] as Float32Array)]);
    expect(Array.from({ length: LANES }, (_, lane) => env.state(lane))).toEqual(states);
    const again = actions.slice(2).map((row) => snapshot(env.step(row)));
    if (SLIPPERY.has(id)) return;
    expect(wanted.every(({ terminated }) => terminated.every((flag) => flag === 0))).toBe(true);
    expect(again).toEqual(wanted);
  });

  it("gives out states that its own steps leave alone", async () => {
    const env = await makeVec(spec, { numEnvs: 2 });
    env.reset(4);
    const state = env.state(1);
    const copy = [...state];
    env.step(actionTable(spec, 1, 2)[0] as number[]);
    env.state(0);
    expect([...state]).toEqual(copy);
  });

  it.each([-1, 3, 0.5, Number.NaN])("refuses lane %s and says which there are", async (lane) => {
    const env = await makeVec(spec, { numEnvs: 3 });
    env.reset(0);
    expect(() => env.state(lane)).toThrow(new UsageError(`there is no lane ${lane}; lanes go from 0 to 2`));
    expect(() => env.setState(lane, env.state(0))).toThrow(new UsageError(`there is no lane ${lane}; lanes go from 0 to 2`));
  });

  it("refuses a state of the wrong length and says the right one", async () => {
    const env = await makeVec(spec, { numEnvs: 3 });
    env.reset(0);
    const state = [...env.state(0)];
    expect(() => env.setState(0, state.slice(1))).toThrow(
      new UsageError(`a state of ${id} has ${state.length} numbers, not ${state.length - 1}`),
    );
    expect(() => env.setState(0, [...state, 0])).toThrow(
      new UsageError(`a state of ${id} has ${state.length} numbers, not ${state.length + 1}`),
    );
    expect([...env.state(0)]).toEqual(state);
  });

  it("refuses the wrong number of actions and says the right one", async () => {
    const env = await makeVec(spec, { numEnvs: 3 });
    env.reset(0);
    expect(() => env.step([])).toThrow(new UsageError(`${id} with 3 lanes takes ${3 * actionSize} action numbers, not 0`));
    expect(() => env.step(Array(3 * actionSize + 1).fill(0))).toThrow(UsageError);
  });

  it("refuses an action that is none, names it and its lane, and takes no step", async () => {
    const env = await makeVec(spec, { numEnvs: 3 });
    env.reset(0);
    const state = [...env.state(0)];
    const bad = spec.actionSpace.kind === "discrete" ? [-1, spec.actionSpace.n, 0.5, Number.NaN] : [Number.NaN, Infinity, -Infinity];
    for (const value of bad) {
      const actions = Array<number>(3 * actionSize).fill(0);
      actions[2 * actionSize] = value;
      expect(() => env.step(actions)).toThrow(new UsageError(`action ${value} of lane 2 is outside the action space of ${id}`));
    }
    expect([...env.state(0)]).toEqual(state);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a batch of %s lanes", async (numEnvs) => {
    await expect(makeVec(spec, { numEnvs })).rejects.toThrow(new UsageError(`numEnvs is a positive integer, not ${numEnvs}`));
  });

  it.each([-1, 0.5, 2 ** 24 + 1, Number.NaN, Infinity])("refuses a time limit of %s", async (timeLimit) => {
    const message = `timeLimit is an integer from 0 (none) to 16777216, not ${timeLimit}`;
    await expect(makeVec(spec, { numEnvs: 1, timeLimit })).rejects.toThrow(new UsageError(message));
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])("refuses %s as a seed", async (seed) => {
    const env = await makeVec(spec, { numEnvs: 1 });
    expect(() => env.reset(seed)).toThrow(new UsageError(`seed ${seed} is not an integer from 0 to 4294967295`));
  });
});
