/** `lanewise eval`: how good a saved policy is. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ARTIFACT } from "../../run/artifacts.js";
import { chooseEnvironment } from "../environment.js";
import { policyIn } from "../folder.js";
import { parseEpisodes, parseSeed } from "../input.js";
import { describeEvaluation, evaluationFigures, type RunResult, weightsOf } from "../result.js";

interface EvalFlags {
  readonly episodes?: string;
  readonly seed?: string;
  readonly json?: boolean;
}

export function addEval(program: Command): void {
  program
    .command("eval")
    .description("evaluate the policy of a run, without exploration")
    .argument("<dir>", "the folder of the run")
    .option("--episodes <n>", "episodes to play (default: 100)")
    .option("--seed <s>", "what the episodes start from")
    .option("--json", "print the result as one JSON object")
    .action(evalCommand);
}

async function evalCommand(folder: string, flags: EvalFlags): Promise<void> {
  const episodes = parseEpisodes(flags.episodes);
  const seed = parseSeed(flags.seed);
  const file = policyIn(folder);
  const [{ loadPolicy }, { evaluate }] = await Promise.all([import("../../policy/policy.js"), import("../../run/evaluate.js")]);
  const policy = await loadPolicy(file);
  const environmentFile = join(folder, ARTIFACT.environment);
  if (existsSync(environmentFile)) await chooseEnvironment(environmentFile);
  const evaluation = await evaluate(policy, { ...(episodes === undefined ? {} : { episodes }), ...(seed === undefined ? {} : { seed }) });
  const { algorithm, environment, training } = policy.header;
  const result: RunResult = {
    algo: algorithm,
    env: environment,
    seed: training.seed,
    steps: training.steps,
    ...evaluationFigures(evaluation),
    weightsSha256: await weightsOf(policy),
    dir: folder,
  };
  process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : `${algorithm} on ${environment}: ${describeEvaluation(result)}\n`);
}
