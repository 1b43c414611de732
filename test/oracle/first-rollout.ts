/** What an algorithm's first iteration sees: the same rollout once more, as plain numbers. */
import { setUpOnPolicy } from "../../src/algos/on-policy.js";
import { sizeOf } from "../../src/core/spaces.js";
import { type EnvironmentId, environments } from "../../src/envs/registry.js";
import { startBackend } from "../../src/nn/backend.js";
import type { Column } from "../../src/wasm/heap.js";
import { HIDDEN, rows, value64, type Weights } from "./losses.js";

export interface Step {
  readonly observation: readonly number[];
  readonly action: readonly number[];
  readonly reward: number;
  /** What it led to, the final observation where an episode ended. */
  readonly next: readonly number[];
  readonly isTerminal: boolean;
  readonly isTruncated: boolean;
}

export interface FirstRollout {
  readonly env: EnvironmentId;
  readonly steps: number;
  readonly numEnvs: number;
  readonly seed: number;
  /** Whether the algorithm begins new episodes before each rollout. */
  readonly restarts?: boolean;
}

/** Steps lane by lane, and the weights at the start, of networks with layers of {@link HIDDEN} each and otherwise default options. */
export async function firstRollout({
  env,
  steps,
  numEnvs,
  seed,
  restarts = false,
}: FirstRollout): Promise<{ lanes: Step[][]; weights: Weights }> {
  const backend = await startBackend("wasm");
  const spec = environments[env];
  const network = { hidden: HIDDEN, activation: "tanh", sharedTrunk: false, stateDependentStd: false, logStdInit: 0 } as const;
  const session = { spec, backend, seed, totalSteps: 1 };
  const setup = await setUpOnPolicy(session, { ...network, steps, numEnvs, keepSuccessors: true });
  if (restarts) setup.rollout.restart();
  await setup.rollout.collect();
  const { columns } = setup.rollout;
  const seen = sizeOf(spec.observationSpace);
  const [observation, next] = [columns.observation, columns.nextObservation as Column<"float32">].map(({ data }) => rows(data, seen));
  const action = rows(columns.action.data, sizeOf(spec.actionSpace));
  const stepAt = (i: number): Step => ({
    observation: observation?.[i] as number[],
    action: action[i] as number[],
    reward: columns.reward.data[i] as number,
    next: next?.[i] as number[],
    isTerminal: columns.terminated.data[i] === 1,
    isTruncated: columns.truncated.data[i] === 1,
  });
  const lanes = Array.from({ length: numEnvs }, (_, lane) => Array.from({ length: steps }, (_, t) => stepAt(t * numEnvs + lane)));
  const weights = Object.fromEntries(setup.network.parameters.list.map(({ name, column }) => [name, Float64Array.from(column.data)]));
  backend.dispose();
  return { lanes, weights };
}

/** The episodes of a lane; the last one may be cut. */
export function episodesOf(lane: readonly Step[]): Step[][] {
  const episodes: Step[][] = [[]];
  for (const step of lane) {
    episodes.at(-1)?.push(step);
    if (step.isTerminal || step.isTruncated) episodes.push([]);
  }
  return episodes.filter(({ length }) => length > 0);
}

/** GAE(λ) of the steps of one episode, which may be cut, by its recursion. */
export function advantages64(episode: readonly Step[], weights: Weights, gamma: number, lambda: number): number[] {
  let advantage = 0;
  const reversed = episode.toReversed().map(({ observation, reward, next, isTerminal }) => {
    const delta = reward + (isTerminal ? 0 : gamma * value64(weights, next)) - value64(weights, observation);
    advantage = delta + gamma * lambda * advantage;
    return advantage;
  });
  return reversed.reverse();
}
