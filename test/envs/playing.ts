/** Environments stepped by made-up actions, and what is compared of that. */
import { sizeOf } from "../../src/core/spaces.js";
import { makeVec, type StepResult, type VecEnv } from "../../src/envs/vec-env.js";
import { bitsOf } from "../oracle/bits.js";
import { randomActions, recordedTransitions, type registered } from "../oracle/environments.js";
import { randomNumbers } from "../oracle/random.js";

export type Spec = (typeof registered)[number];

/** Full and ragged groups of four lanes, up to three of them and a single lane more. */
export const LANES = 13;
export const LANE_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, LANES];

/** A copy of one vector step; final observations only where an episode ended, since they mean nothing elsewhere. */
export function snapshot({ observation, reward, terminated, truncated, finalObservation }: StepResult, lanes = reward.length) {
  const width = observation.length / reward.length;
  const ended = [...terminated.subarray(0, lanes)].map((flag, lane) => flag + (truncated[lane] as number) > 0);
  return {
    observation: [...observation.subarray(0, lanes * width)],
    reward: [...reward.subarray(0, lanes)],
    terminated: [...terminated.subarray(0, lanes)],
    truncated: [...truncated.subarray(0, lanes)],
    finalObservation: [...finalObservation.subarray(0, lanes * width)].map((x, i) => (ended[Math.floor(i / width)] ? x : 0)),
  };
}

export function bitsOfStep(step: ReturnType<typeof snapshot>): string {
  return bitsOf(...Object.values(step).map((numbers) => Float32Array.from(numbers)));
}

/** Actions `[steps][N·A]`, lane by lane the same for every N. */
export function actionTable(spec: Spec, steps: number, lanes = LANES): number[][] {
  const random = randomNumbers(17);
  return Array.from({ length: steps }, () => randomActions(spec, lanes, random));
}

/** The first observations and every step of a run, of the first `lanes` lanes. */
export function play(env: VecEnv, seed: number, actions: readonly number[][], lanes = env.numEnvs) {
  const size = sizeOf(env.spec.actionSpace);
  const first = [...env.reset(seed)];
  return {
    first: first.slice(0, (first.length / env.numEnvs) * lanes),
    steps: actions.map((row) => snapshot(env.step(row.slice(0, env.numEnvs * size)), lanes)),
  };
}

export const row = (rows: Float32Array, lane: number, lanes: number) => [
  ...rows.subarray((lane * rows.length) / lanes, ((lane + 1) * rows.length) / lanes),
];

/** A state and an action that end an episode: recorded by Gymnasium, else come upon at random. */
export async function terminalTransition(spec: Spec): Promise<{ state: readonly number[]; action: readonly number[] }> {
  const recorded = recordedTransitions(spec).find(({ terminated }) => terminated);
  if (recorded) return recorded;
  const env = await makeVec(spec, { numEnvs: 64, timeLimit: 0 });
  const size = sizeOf(spec.actionSpace);
  const random = randomNumbers(3);
  env.reset(0);
  for (let t = 0; t < 20_000; t++) {
    const states = Array.from({ length: env.numEnvs }, (_, lane) => env.state(lane));
    const actions = randomActions(spec, env.numEnvs, random);
    const lane = env.step(actions).terminated.indexOf(1);
    if (lane >= 0) return { state: [...(states[lane] as Float32Array)], action: actions.slice(lane * size, (lane + 1) * size) };
  }
  throw new Error(`random actions never end an episode of ${spec.id}; record one from Gymnasium, or call it endless`);
}
