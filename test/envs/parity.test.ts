/** Physics against Gymnasium's: every recorded step alone, from the true state before it, so that errors can't add up or hide. */
import { describe, expect, it } from "vitest";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { compiled, ENDLESS, randomActions, recordedTransitions, scalarTwin, type Transition } from "../oracle/environments.js";
import { randomNumbers } from "../oracle/random.js";

/** How far a number may be from Gymnasium's: absolute + relative · |Gymnasium's|. */
interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** States, actions and arithmetic are float32 here and float64 there. */
const TOLERANCES: Readonly<Record<string, Tolerance>> = {
  // One Euler step: about ten roundings of numbers near 1, each of at most 2^-24 = 6e-8.
  "CartPole-v1": { absolute: 2e-6, relative: 2e-6 },
  // Two additions to numbers near 1.
  "MountainCar-v0": { absolute: 2e-7, relative: 2e-6 },
  // As above; rewards reach 100.
  "MountainCarContinuous-v0": { absolute: 2e-7, relative: 2e-6 },
  // The angle's rounding, up to 5e-7 rad after two turns, passes to its sine and cosine whole.
  "Pendulum-v1": { absolute: 2e-6, relative: 2e-6 },
  // Four stages of Runge-Kutta over 0.2 s, in which the equations of motion stretch errors in angles and velocities severalfold.
  "Acrobot-v1": { absolute: 2e-6, relative: 2e-6 },
};

interface EndRule {
  /** Where an episode ends by Gymnasium's source, in float64, told from the observation. */
  readonly isTerminal: (observation: readonly number[]) => boolean;
  /** The reward of the last step, where it doesn't depend on the action. */
  readonly reward?: number;
}

const END_RULES: Readonly<Record<string, EndRule>> = {
  "CartPole-v1": { isTerminal: ([x = 0, , theta = 0]) => Math.abs(x) > 2.4 || Math.abs(theta) > (12 * 2 * Math.PI) / 360, reward: 1 },
  "MountainCar-v0": { isTerminal: ([position = 0, velocity = 0]) => position >= 0.5 && velocity >= 0, reward: -1 },
  "MountainCarContinuous-v0": { isTerminal: ([position = 0, velocity = 0]) => position >= 0.45 && velocity >= 0 },
  "Pendulum-v1": { isTerminal: () => false },
  "Acrobot-v1": { isTerminal: ([cos1 = 0, sin1 = 0, cos2 = 0, sin2 = 0]) => -cos1 - (cos1 * cos2 - sin1 * sin2) > 1, reward: 0 },
};

/** States this near a terminal boundary are passed over: float32 can't tell on which side of it they lie. */
const BOUNDARY = 1e-6;

/** Takes each transition in a lane of its own and returns what came out, with the observation before any reset. */
async function replay(spec: EnvironmentSpec, transitions: readonly Pick<Transition, "state" | "action">[]) {
  const env = await makeVec(spec, { numEnvs: transitions.length, timeLimit: 0 });
  env.reset(0);
  for (const [lane, { state }] of transitions.entries()) env.setState(lane, state);
  const { observation, finalObservation, reward, terminated, truncated } = env.step(transitions.flatMap(({ action }) => action));
  const width = observation.length / transitions.length;
  return transitions.map((_, lane) => ({
    observation: [...(terminated[lane] ? finalObservation : observation).subarray(lane * width, (lane + 1) * width)],
    reward: reward[lane] as number,
    terminated: terminated[lane],
    truncated: truncated[lane],
  }));
}

/** The error in units of what is tolerated: at most 1 passes. */
function excess(got: number, wanted: number, { absolute, relative }: Tolerance): number {
  const error = Math.abs(got - wanted) / (absolute + relative * Math.abs(wanted));
  return Number.isNaN(error) ? Infinity : error;
}

const recorded = compiled.filter((spec) => recordedTransitions(spec).length > 0);
const twins = recorded.flatMap((spec) => [
  { id: spec.id, twin: "four lanes", spec },
  { id: spec.id, twin: "scalar twin", spec: scalarTwin(spec) },
]);

it("Gymnasium's record of CartPole is there to compare with", () => {
  expect(recorded.map(({ id }) => id)).toContain("CartPole-v1");
});

describe.each(twins)("$id ($twin)", ({ id, spec }) => {
  const tolerance = TOLERANCES[id];
  if (!tolerance) throw new Error(`${id} has a record but no tolerance; give it one above, with a reason`);

  it("takes every recorded step as Gymnasium does", async () => {
    const transitions = recordedTransitions(spec);
    const outcomes = await replay(spec, transitions);
    const strays = transitions.flatMap(({ observation, reward, terminated }, i) => {
      const outcome = outcomes[i] as (typeof outcomes)[number];
      const numbers = [...outcome.observation, outcome.reward];
      const errors = [...observation, reward].map((wanted, k) => excess(numbers[k] as number, wanted, tolerance));
      const isRight = numbers.length === errors.length && Math.max(...errors) <= 1;
      const flags = [outcome.terminated, outcome.truncated];
      if (isRight && flags[0] === Number(terminated) && flags[1] === 0) return [];
      return [`step ${i} gives ${numbers} and ${flags}, not ${[...observation, reward]} and ${[Number(terminated), 0]}`];
    });
    expect(strays).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(500);
  });

  it("ends an episode just where Gymnasium's rule says, on both sides of it", async () => {
    const rule = END_RULES[id];
    if (!rule) throw new Error(`${id} has a record but no rule of its end; give it one above`);
    const random = randomNumbers(2);
    const states = aroundRecord(recordedTransitions(spec), 20_000);
    const outcomes = await replay(
      spec,
      states.map((state) => ({ state, action: randomActions(spec, 1, random) })),
    );
    const clear = outcomes.filter(({ observation }) => !isNearBoundary(rule, observation));
    const ended = clear.filter(({ terminated }) => terminated);
    expect(clear.filter(({ observation, terminated }) => Number(rule.isTerminal(observation)) !== terminated)).toEqual([]);
    expect(clear.length).toBeGreaterThan(0.99 * outcomes.length);
    expect(ended.length, "steps that end an episode").toBeGreaterThanOrEqual(ENDLESS.has(id) ? 0 : 100);
    expect(ended.length, "steps that don't").toBeLessThan(clear.length - 100);
    if (rule.reward !== undefined) expect(new Set(ended.map(({ reward }) => reward))).toEqual(new Set([rule.reward]));
  });
});

/** Whether a small shift of all numbers, up or down, changes what the rule says. */
function isNearBoundary({ isTerminal }: EndRule, observation: readonly number[]): boolean {
  const shifted = (by: number) => observation.map((value) => value + by * (1 + Math.abs(value)));
  return isTerminal(shifted(-BOUNDARY)) !== isTerminal(shifted(BOUNDARY));
}

/** States in and beyond what was recorded: each component uniform over eight times the record's range. */
function aroundRecord(transitions: readonly Transition[], count: number): number[][] {
  const random = randomNumbers(1);
  const size = transitions[0]?.state.length ?? 0;
  const ranges = Array.from({ length: size }, (_, k) => {
    const values = transitions.map(({ state }) => state[k] as number);
    return { centre: (Math.min(...values) + Math.max(...values)) / 2, half: (Math.max(...values) - Math.min(...values)) / 2 };
  });
  return Array.from({ length: count }, () => ranges.map(({ centre, half }) => centre + 8 * half * (2 * random() - 1)));
}
