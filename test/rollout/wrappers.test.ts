/** Frame stacking and action rescaling, against a second environment that is stepped by hand, and in the policy that comes of them. */
import { expect, it } from "vitest";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { type ActingNetwork, createRollout } from "../../src/rollout/rollout.js";
import { evaluate } from "../../src/run/evaluate.js";
import { train } from "../../src/run/train.js";
import { ownHeap } from "../../src/wasm/heap.js";
import { forward64, randomLayers } from "../oracle/network.js";

/** Sums of a dozen float32 products through two layers. */
const TOLERANCE = 3e-6;
const FRAMES = 3;
const [SEED, STEPS, LANES, TIME_LIMIT] = [6, 50, 5, 7];

it("a rollout shows the latest frames of an episode, its first one standing for those before it", async () => {
  const spec = environments["CartPole-v1"];
  const heap = ownHeap();
  const [actor, critic] = [randomLayers(heap, [4 * FRAMES, 5, 2], "tanh", 1), randomLayers(heap, [4 * FRAMES, 5, 1], "tanh", 2)];
  const network: ActingNetwork = { actor, critic, sampler: { kind: "categorical" } };
  const env = await makeVec(spec, { numEnvs: LANES, heap, timeLimit: TIME_LIMIT });
  const rollout = await createRollout(env, network, { steps: STEPS, seed: SEED, frameStack: FRAMES });
  await rollout.collect();
  const { observation, action, finalValue } = rollout.columns;

  const other = await makeVec(spec, { numEnvs: LANES, timeLimit: TIME_LIMIT });
  const frameOf = (rows: Float32Array, lane: number) => [...rows.subarray(4 * lane, 4 * lane + 4)];
  const first = other.reset(SEED);
  const stacks = Array.from({ length: LANES }, (_, lane) => Array<number[]>(FRAMES).fill(frameOf(first, lane)));
  let cuts = 0;
  for (let t = 0; t <= STEPS; t++) {
    expect([...observation.data.subarray(t * LANES * 4 * FRAMES, (t + 1) * LANES * 4 * FRAMES)], `step ${t}`).toEqual(stacks.flat(2));
    if (t === STEPS) break;
    const result = other.step(action.data.subarray(t * LANES, (t + 1) * LANES));
    for (let lane = 0; lane < LANES; lane++) {
      const isCut = result.truncated[lane] === 1 && result.terminated[lane] === 0;
      const last = [...(stacks[lane] as number[][]).slice(1), frameOf(result.finalObservation, lane)].flat();
      const wanted = isCut ? (forward64(network.critic, last)[0] as number) : 0;
      expect(Math.abs((finalValue.data[t * LANES + lane] as number) - wanted)).toBeLessThan(TOLERANCE);
      const frame = frameOf(result.observation, lane);
      const isEnd = result.truncated[lane] === 1 || result.terminated[lane] === 1;
      stacks[lane] = isEnd ? Array<number[]>(FRAMES).fill(frame) : [...(stacks[lane] as number[][]).slice(1), frame];
      cuts += Number(isCut);
    }
  }
  expect(cuts).toBeGreaterThan(LANES);
});

it("a policy of several frames remembers them, row by row, until it is reset", async () => {
  const run = train({ algo: "ppo", env: "CartPole-v1", totalSteps: 512, steps: 32, batchSize: 64, epochs: 1, frameStack: 2 });
  for await (const _ of run);
  const policy = await run.policy();
  expect(policy.header.frameStack).toBe(2);
  const [a, b, c] = [
    [1, 0, 0.1, 0],
    [0, -1, 0, 0.1],
    [0.5, 0.5, -0.1, -0.1],
  ] as const;
  const chosen = (...frames: (readonly number[])[]) => {
    const [left = 0, right = 0] = policy.logits(Float32Array.from(frames.flat()));
    return right > left ? 1 : 0;
  };
  for (const [one, two, three] of [
    [a, b, c],
    [c, a, b],
    [b, c, a],
  ] as const) {
    policy.reset();
    expect([policy.act(one), policy.act(two), policy.act(three)]).toEqual([chosen(one, one), chosen(one, two), chosen(two, three)]);
    policy.reset();
    expect(policy.act(three)).toBe(chosen(three, three));
    policy.actBatch(Float32Array.from([one, two].flat()));
    policy.reset(1);
    expect([...policy.actBatch(Float32Array.from([three, three].flat()))]).toEqual([chosen(one, three), chosen(three, three)]);
  }
  const answers = [a, b, c].flatMap((one) => [a, b, c].map((two) => chosen(one, two)));
  expect(new Set(answers).size, "different answers to different frames").toBe(2);
  expect((await evaluate(policy, { episodes: 3 })).meanReturn).toBeGreaterThan(5);
});

it("a rescaled action of ±1 is a bound of the space, in the rollout and in the policy", async () => {
  const spec = environments["Pendulum-v1"];
  const run = train({
    algo: "ppo",
    env: "Pendulum-v1",
    totalSteps: 64,
    numEnvs: 2,
    steps: 32,
    batchSize: 64,
    epochs: 1,
    rescaleAction: true,
  });
  for await (const _ of run);
  const policy = await run.policy();
  expect(policy.header.rescaleAction).toBe(true);
  const observation = Float32Array.of(0.6, 0.8, 1.5);
  const [mean = Number.NaN] = policy.logits(observation);
  expect(mean).not.toBe(0);
  const [applied = Number.NaN] = policy.act(observation) as Float32Array;
  expect(Math.abs(applied - 2 * Math.min(Math.max(mean, -1), 1))).toBeLessThan(TOLERANCE);

  const heap = ownHeap();
  const [actor, logStd] = [randomLayers(heap, [3, 5, 1], "tanh", 1), randomLayers(heap, [1, 1], "tanh", 3)[0]?.bias];
  const env = await makeVec(spec, { numEnvs: LANES, heap });
  const rollout = await createRollout(
    env,
    { actor, critic: [], sampler: { kind: "gaussian", logStd } },
    { steps: STEPS, seed: SEED, rescaleAction: true },
  );
  await rollout.collect();
  const { action, reward } = rollout.columns;
  const other = await makeVec(spec, { numEnvs: LANES });
  other.reset(SEED);
  for (let t = 0; t < STEPS; t++) {
    const chosen = action.data.subarray(t * LANES, (t + 1) * LANES);
    const torques = Array.from(chosen, (x) =>
      Math.fround(Math.fround(-2 + Math.fround(Math.fround(Math.min(Math.max(x, -1), 1) + 1) * 2))),
    );
    expect([...other.step(torques).reward], `step ${t}`).toEqual([...reward.data.subarray(t * LANES, (t + 1) * LANES)]);
  }
  expect(action.data.some((x) => Math.abs(x) > 1)).toBe(true);
});
