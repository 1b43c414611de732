/** The figures of a run or an evaluation: one JSON object for programs, a few lines for people. */
import { VERSION } from "../core/version.js";
import { weightsSha256 } from "../policy/encode.js";
import { decodePolicy } from "../policy/format.js";
import type { Policy } from "../policy/policy.js";
import type { ResolvedConfig } from "../run/config.js";
import { formatCount, formatReturn } from "../run/progress.js";

/** Fields that don't apply are left out. */
export interface RunResult {
  readonly algo: string;
  readonly env: string;
  /** Of the training. */
  readonly seed: number;
  /** Environment steps that the policy was trained for. */
  readonly steps: number;
  readonly wallSeconds?: number;
  readonly stepsPerSecond?: number;
  readonly evalMeanReturn?: number;
  readonly evalStdReturn?: number;
  readonly evalEpisodes?: number;
  readonly weightsSha256: string;
  /** The folder of the run. */
  readonly dir: string;
}

export type EvaluationFigures = Pick<RunResult, "evalMeanReturn" | "evalStdReturn" | "evalEpisodes">;

/** All that was asked for, and what ran it, as a file. */
export function describeConfig(config: ResolvedConfig, more: object = {}): string {
  const host = { lanewise: VERSION, node: process.version, platform: `${process.platform}-${process.arch}` };
  return `${JSON.stringify({ ...config, ...more, ...host }, null, 2)}\n`;
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
