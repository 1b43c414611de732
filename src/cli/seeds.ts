/** `lanewise train … --seeds 3`: one run on several seeds side by side, each saved as a run, with their mean and spread. */
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Policy } from "../policy/policy.js";
import { ARTIFACT, writeAtomically } from "../run/artifacts.js";
import { resolveConfig } from "../run/config.js";
import { bandsSvg, curveSvg } from "../run/curve.js";
import type { FinishedRun } from "../run/fleet.js";
import { lineOf } from "../run/logs/log.js";
import { formatCount, formatDuration, formatReturn } from "../run/progress.js";
import { type SeedsResult, trainSeeds } from "../run/seeds.js";
import { withBackend } from "./backend.js";
import { type ChosenEnvironment, chooseEnvironment } from "./environment.js";
import { filled, openFreshFolder, openRunFolder, type RunFolder } from "./folder.js";
import { parseCount } from "./input.js";
import { EXIT } from "./report.js";
import { describeConfig, evaluationFigures, type RunResult, warnOfDiverged, weightsOf } from "./result.js";
import { formatTable } from "./table.js";
import { refuseCheckpoints, type TrainFlags } from "./train-flags.js";
import { trainOptions } from "./train-options.js";
import { refuseWatching } from "./watching.js";

const FILES = { json: "seeds.json", picture: "seeds.svg" } as const;

/** Returns the exit code: 0, 1 where the numbers of a seed were none any more, or 130 or 143 when a signal cut it short; then nothing is saved. */
export async function seedsCommand(algo: string, env: string, flags: TrainFlags): Promise<number> {
  refuseCheckpoints("--seeds", flags);
  refuseWatching("--seeds", flags);
  const seeds = parseCount("--seeds", flags.seeds) as number;
  const environment = await chooseEnvironment(env);
  const options = await withBackend(trainOptions(algo, environment.id, flags));
  const { seed } = resolveConfig(options);
  const name = `runs/${algo}_${environment.id}_seeds${seed}-${seed + seeds - 1}`;
  const folder = flags.out === undefined ? openFreshFolder(name) : openRunFolder(flags.out);
  const policies: Policy[] = [];
  let hasDiverged = false;
  const code = await filled(folder, async (signal) => {
    const result = await trainSeeds(options, {
      seeds,
      threads: availableParallelism(),
      signal,
      onPolicy: (index, policy) => {
        policies[index] = policy;
      },
      onMetrics: (index, { steps, totalSteps, meanReturn }) => {
        if (steps >= totalSteps) process.stderr.write(`seed ${seed + index}: trained, mean return ${formatReturn(meanReturn)}\n`);
      },
    });
    const runs = await save(result, policies, environment, folder);
    process.stdout.write(flags.json ? `${JSON.stringify(summaryOf(result, runs, folder.path))}\n` : describe(result, runs, folder.path));
    hasDiverged = warnOfDiverged(result.runs);
  });
  return hasDiverged ? EXIT.failed : code;
}

/** A folder for each seed, as that of a run, and the picture of all. */
async function save(result: SeedsResult, policies: readonly Policy[], environment: ChosenEnvironment, folder: RunFolder) {
  const results: RunResult[] = [];
  for (const [i, run] of result.runs.entries()) results.push(await saveRun(run, policies[i] as Policy, environment, folder.path));
  const [{ algo, env } = { algo: "", env: "" }] = results;
  folder.write(
    FILES.json,
    `${JSON.stringify({ ...result, runs: result.runs.map(({ curve }, i) => ({ ...results[i], curve })) }, null, 1)}\n`,
  );
  const title = `${algo} on ${env}, ${results.length} ${results.length === 1 ? "seed" : "seeds"}`;
  folder.write(FILES.picture, await bandsSvg(title, [{ name: algo, band: result.band }], Number.NaN));
  return results;
}

async function saveRun(
  { config, curve, steps, seconds, evaluation, diverged }: FinishedRun,
  policy: Policy,
  { binary }: ChosenEnvironment,
  parent: string,
): Promise<RunResult> {
  const { algo, env, seed } = config;
  const dir = join(parent, `seed_${seed}`);
  mkdirSync(dir);
  const result: RunResult = {
    algo,
    env,
    seed,
    steps,
    wallSeconds: seconds,
    stepsPerSecond: steps / seconds,
    ...evaluationFigures(evaluation),
    ...(diverged !== undefined && { stopped: diverged }),
    weightsSha256: await weightsOf(policy),
    dir,
  };
  const files: readonly (readonly [string, string | Uint8Array | undefined])[] = [
    [ARTIFACT.config, describeConfig(config)],
    [ARTIFACT.environment, binary],
    [ARTIFACT.policy, await policy.bytes()],
    [ARTIFACT.progress, curve.map(({ steps: at, meanReturn }) => `${lineOf(at, { "rollout/meanReturn": meanReturn })}\n`).join("")],
    [ARTIFACT.curve, await curveSvg(`${algo} on ${env}, seed ${seed}`, curve)],
    [ARTIFACT.result, `${JSON.stringify(result)}\n`],
  ];
  for (const [name, contents] of files) if (contents !== undefined) writeAtomically(join(dir, name), contents);
  return result;
}

function summaryOf({ meanReturn, stdReturn, minReturn, maxReturn }: SeedsResult, runs: readonly RunResult[], dir: string) {
  return { meanReturn, stdReturn, minReturn, maxReturn, runs, dir };
}

function describe({ meanReturn, stdReturn, minReturn, maxReturn }: SeedsResult, runs: readonly RunResult[], dir: string): string {
  const rows = runs.map(({ seed, steps, wallSeconds = 0, evalMeanReturn = Number.NaN, evalStdReturn = Number.NaN }) => [
    String(seed),
    formatCount(steps),
    formatDuration(wallSeconds),
    formatReturn(evalMeanReturn),
    formatReturn(evalStdReturn),
  ]);
  const table = formatTable([["seed", "steps", "wall time", "mean return", "± of episodes"], ...rows]);
  const range = `from ${formatReturn(minReturn)} to ${formatReturn(maxReturn)}`;
  return `${table}over seeds: mean return ${formatReturn(meanReturn)} ± ${formatReturn(stdReturn)}, ${range}\nsaved in ${dir}\n`;
}
