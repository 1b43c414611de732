/** The figures of a run or an evaluation: one JSON object for programs, a few lines for people. */
import { weightsSha256 } from "../policy/encode.js";
import { decodePolicy } from "../policy/format.js";
import type { Policy } from "../policy/policy.js";
import type { RunResult } from "../run/artifacts.js";
import type { ResolvedConfig } from "../run/config.js";
import type { FinishedRun } from "../run/fleet.js";
import { describeHost } from "../run/host.js";
import { formatCount, formatReturn } from "../run/progress.js";

export type { RunResult } from "../run/artifacts.js";

export type EvaluationFigures = Pick<RunResult, "evalMeanReturn" | "evalStdReturn" | "evalEpisodes">;

/** All that was asked for, and what ran it, as a file. */
export function describeConfig(config: ResolvedConfig, more: object = {}): string {
  return `${JSON.stringify({ ...config, ...more, host: describeHost() }, null, 2)}
`;
}

/** What `evaluate()` gives, under the names of the result. */
export function evaluationFigures(evaluation: { meanReturn: number; stdReturn: number; episodes: number }): EvaluationFigures {
  const { meanReturn, stdReturn, episodes } = evaluation;
  return { evalMeanReturn: meanReturn, evalStdReturn: stdReturn, evalEpisodes: episodes };
}

/** The checksum of what the policy learned: the same for two runs that learned the same bits. */
export async function weightsOf(policy: Policy): Promise<string> {
  const { tensors } = await decodePolicy(await policy.bytes());
  return weightsSha256(tensors);
}

/** One line for people: `mean return 487.3 ± 21.0 over 100 episodes`. */
export function describeEvaluation({ evalMeanReturn, evalStdReturn, evalEpisodes }: EvaluationFigures): string {
  return `mean return ${formatReturn(evalMeanReturn ?? Number.NaN)} ± ${formatReturn(evalStdReturn ?? Number.NaN)} over ${formatCount(evalEpisodes ?? 0)} episodes`;
}

/** Says which runs were given up because their numbers were none any more. Returns whether any was. */
export function warnOfDiverged(runs: readonly FinishedRun[]): boolean {
  const given = runs.filter(({ diverged }) => diverged !== undefined);
  for (const { config, diverged } of given) {
    process.stderr.write(`lanewise: ${config.algo}, seed ${config.seed}: ${diverged}; its policy is the last that was whole\n`);
  }
  return given.length > 0;
}
