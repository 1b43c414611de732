/** `lanewise eval`: how good a saved policy is. */
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensure } from "../core/errors.js";
import { ARTIFACT } from "../run/artifacts.js";
import { chooseEnvironment } from "./environment.js";
import { parseEpisodes, parseSeed } from "./input.js";
import { describeEvaluation, evaluationFigures, type RunResult, weightsOf } from "./result.js";

export interface EvalFlags {
  readonly episodes?: string;
  readonly seed?: string;
  readonly json?: boolean;
}

export async function evalCommand(folder: string, flags: EvalFlags): Promise<void> {
  const episodes = parseEpisodes(flags.episodes);
  const seed = parseSeed(flags.seed);
  ensureFolder(folder);
  const [{ loadPolicy }, { evaluate }] = await Promise.all([import("../policy/policy.js"), import("../run/evaluate.js")]);
  const policy = await loadPolicy(resolve(folder, ARTIFACT.policy));
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

function ensureFolder(folder: string): void {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  ensure(isFolder, () => `there is no folder ${folder}; give the folder of a run, which holds its ${ARTIFACT.policy}`);
  const policy = join(folder, ARTIFACT.policy);
  ensure(
    statSync(policy, { throwIfNoEntry: false })?.isFile() === true,
    () => `${folder} holds no ${ARTIFACT.policy}; give the folder of a run`,
  );
}
