/** Learning goals: what an algorithm with its preset must return on an environment, seed by seed, and a record of what it did. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type AlgorithmId, type EnvironmentId, evaluate, type Policy, type TrainOptions, train, VERSION } from "../../src/index.js";

export interface Goal {
  readonly algo: AlgorithmId;
  readonly env: EnvironmentId;
  /** Options beyond the preset, with a name for them: "double" for `{ double: true }`. */
  readonly variant?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Mean return over 100 deterministic episodes that every seed must reach. */
  readonly threshold: number;
  /** 0, 1 and 2 unless given. */
  readonly seeds?: readonly number[];
  /** Of the evaluation; 0 unless given. */
  readonly evaluationSeed?: number;
  /** Further demands on the policy. */
  readonly check?: (policy: Policy, meanReturn: number) => void;
}

/** What a seed came to; the table of results is made from these. */
export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  readonly meanReturn: number;
  readonly stdReturn: number;
  readonly episodes: number;
  /** Of training, on whatever machine it ran. */
  readonly seconds: number;
}

const RESULTS = fileURLToPath(new URL("./results", import.meta.url));
const EPISODES = 100;

/** Holds every goal to its threshold on every seed. */
export function reach(goals: readonly Goal[]): void {
  describe.each(goals.map((goal) => [nameOf(goal), goal] as const))("%s", (_, goal) => {
    it.each(goal.seeds ?? [0, 1, 2])(`reaches ${goal.threshold} with seed %i`, async (seed) => {
      const { outcome, policy } = await pursue(goal, seed);
      record(goal, outcome);
      console.log(
        `${nameOf(goal)} seed ${seed}: ${outcome.meanReturn.toFixed(1)} ± ${outcome.stdReturn.toFixed(1)} in ${outcome.seconds.toFixed(0)} s`,
      );
      expect(outcome.meanReturn).toBeGreaterThanOrEqual(goal.threshold);
      goal.check?.(policy, outcome.meanReturn);
    });
  });
}

async function pursue({ algo, env, options, evaluationSeed = 0 }: Goal, seed: number): Promise<{ outcome: Outcome; policy: Policy }> {
  const run = train({ ...options, algo, env, seed } as TrainOptions);
  let [steps, seconds] = [0, 0];
  for await (const m of run) [steps, seconds] = [m.steps, m.seconds];
  const policy = await run.policy();
  const { meanReturn, stdReturn } = await evaluate(policy, { episodes: EPISODES, seed: evaluationSeed });
  return { outcome: { seed, steps, meanReturn, stdReturn, episodes: EPISODES, seconds }, policy };
}

function nameOf({ algo, env, variant }: Goal): string {
  return `${algo}${variant ? ` (${variant})` : ""} on ${env}`;
}

/** One file for each goal; seeds that it doesn't hold yet are added, others replaced. */
function record({ algo, env, variant, options, threshold }: Goal, outcome: Outcome): void {
  mkdirSync(RESULTS, { recursive: true });
  const path = join(RESULTS, `${[algo, ...(variant ? [variant] : []), env].join("_").replaceAll(" ", "-")}.json`);
  const others = readOutcomes(path).filter(({ seed }) => seed !== outcome.seed);
  const outcomes = [...others, outcome].sort((a, b) => a.seed - b.seed);
  const goal = { algo, env, ...(variant && { variant }), ...(options && { options }), threshold, version: VERSION };
  writeFileSync(path, `${JSON.stringify({ ...goal, outcomes }, null, 2)}\n`);
}

function readOutcomes(path: string): readonly Outcome[] {
  try {
    return JSON.parse(readFileSync(path, "utf8")).outcomes;
  } catch {
    return [];
  }
}
