/** `lanewise compare CartPole-v1 --algos ppo,a2c`: several algorithms on several seeds, as a table and a picture. */

import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { lookUp, UsageError } from "../../core/errors.js";
import type { CompareOptions, Comparison, ComparisonRow } from "../../run/compare.js";
import { formatCount, formatDuration, formatReturn } from "../../run/progress.js";
import { filled, openFreshFolder, openRunFolder, type RunFolder } from "../folder.js";
import { parseCount, parseEpisodes, parseNumber, parseSettings, parseSteps } from "../input.js";
import { EXIT } from "../report.js";
import { warnOfDiverged } from "../result.js";
import { formatTable } from "../table.js";

interface CompareFlags {
  readonly algos?: string;
  readonly seeds?: string;
  readonly steps?: string;
  readonly threads?: string;
  readonly episodes?: string;
  readonly threshold?: string;
  readonly out?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

const FILES = { json: "comparison.json", picture: "comparison.svg" } as const;

export function addCompare(program: Command): void {
  program
    .command("compare")
    .description("train several algorithms on several seeds side by side, and sum up in a table and a picture")
    .argument("<env>", "the environment: see lanewise envs")
    .requiredOption("--algos <list>", "the algorithms, separated by commas: ppo,a2c")
    .option("--seeds <n>", "runs of each algorithm (default: 3)")
    .option("--steps <n>", "environment steps of each run (default: each algorithm's preset)")
    .option("--threads <k>", "runs side by side (default: one for each core)")
    .option("--episodes <n>", "episodes to evaluate each policy over (default: 100)")
    .option("--threshold <r>", "the mean return that counts as reached (default: the environment's)")
    .option("--out <dir>", "the folder for table and picture (default: runs/compare_<env>, numbered if taken)")
    .option("--set <[algo.]key=value>", "an option of all algorithms, or of one; may be repeated", (one: string, all: string[] = []) => [
      ...all,
      one,
    ])
    .option("--json", "print the table as one JSON object")
    .action(async (env, flags) => {
      process.exitCode = await compareCommand(env, flags);
    });
}

async function compareCommand(env: string, flags: CompareFlags): Promise<number> {
  const { algorithms } = await import("../../algos/registry.js");
  const { compare } = await import("../../run/compare.js");
  const options = optionsOf(env, flags, algorithms);
  const folder = flags.out === undefined ? openFreshFolder(`runs/compare_${env}`) : openRunFolder(flags.out);
  let hasDiverged = false;
  const code = await filled(folder, async (signal) => {
    const comparison = await compare({ ...options, signal, onProgress: reportTo(process.stderr) });
    await save(comparison, folder);
    process.stdout.write(
      flags.json ? `${JSON.stringify(summaryOf(comparison, folder.path))}\n` : `${describe(comparison)}saved in ${folder.path}\n`,
    );
    hasDiverged = warnOfDiverged(comparison.rows.flatMap(({ runs }) => runs));
  });
  return hasDiverged ? EXIT.failed : code;
}

/** Texts from outside: `compare` itself refuses what doesn't fit its types. */
function optionsOf(env: string, flags: CompareFlags, algorithms: Readonly<Record<string, unknown>>): CompareOptions {
  const algos = (flags.algos ?? "").split(",").filter(Boolean);
  if (algos.length === 0)
    throw new UsageError(`--algos names what to compare, as in --algos ppo,a2c; known are: ${Object.keys(algorithms).join(", ")}`);
  for (const algo of algos) lookUp("algorithm", algorithms, algo);
  const wanted = {
    env,
    algos,
    seeds: parseCount("--seeds", flags.seeds),
    totalSteps: parseSteps(flags.steps),
    threads: parseCount("--threads", flags.threads) ?? availableParallelism(),
    episodes: parseEpisodes(flags.episodes),
    threshold: parseNumber("--threshold", flags.threshold),
    options: settingsByAlgorithm(flags.set ?? [], algos),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) as unknown as CompareOptions;
}

/** `ppo.gamma=0.9` is for one algorithm, `gamma=0.9` for all. */
function settingsByAlgorithm(settings: readonly string[], algos: readonly string[]): Record<string, Record<string, string>> {
  const byAlgorithm = Object.fromEntries(algos.map((algo) => [algo, {} as Record<string, string>]));
  for (const [key, value] of Object.entries(parseSettings(settings))) {
    const [, algo, name] = /^([^.]+)\.(.+)$/.exec(key) ?? [];
    if (algo === undefined || name === undefined) for (const all of Object.values(byAlgorithm)) all[key] = value;
    else (lookUp("compared algorithm", byAlgorithm, algo) as Record<string, string>)[name] = value;
  }
  return byAlgorithm;
}

/** A line when a run ends, and one now and then between. */
function reportTo(stream: { write(text: string): unknown }): NonNullable<CompareOptions["onProgress"]> {
  let told = 0;
  return ({ algo, seed, metrics, done }) => {
    const isEnd = metrics.steps >= metrics.totalSteps;
    if (!isEnd && done - told < 0.05) return;
    told = done;
    const what = `${algo} seed ${seed}: ${formatCount(metrics.steps)} steps, mean return ${formatReturn(metrics.meanReturn)}`;
    stream.write(`${String(Math.floor(done * 100)).padStart(3)} %  ${what}${isEnd ? ", done" : ""}\n`);
  };
}

async function save(comparison: Comparison, folder: RunFolder): Promise<void> {
  const { bandsSvg } = await import("../../run/curve.js");
  const { env, seeds, threshold, rows } = comparison;
  folder.write(FILES.json, `${JSON.stringify(comparison, null, 1)}\n`);
  const curves = rows.map(({ algo, band }) => ({ name: algo, band }));
  folder.write(FILES.picture, await bandsSvg(`${env}, ${seeds} ${seeds === 1 ? "seed" : "seeds"}`, curves, threshold));
}

function describe({ env, seeds, threshold, rows }: Comparison): string {
  const goal = Number.isFinite(threshold) ? `steps to ${threshold}` : "steps to threshold";
  const head = ["algorithm", "mean return", "± s.e.", goal, "reached", "wall time"];
  const body = rows.map((row) => [
    row.algo,
    formatReturn(row.meanReturn),
    formatReturn(row.standardError),
    formatCount(row.stepsToThreshold),
    `${row.reached}/${seeds}`,
    formatDuration(row.seconds),
  ]);
  return `${env}, ${seeds} ${seeds === 1 ? "seed" : "seeds"}, ${rows[0]?.runs[0]?.evaluation.episodes ?? 0} evaluation episodes each\n${formatTable([head, ...body])}`;
}

/** The table as JSON; the file holds the curves too. */
function summaryOf({ env, seeds, threshold, rows }: Comparison, dir: string) {
  const figures = ({ algo, meanReturn, standardError, stepsToThreshold, reached, seconds }: ComparisonRow) => ({
    algo,
    meanReturn,
    standardError,
    stepsToThreshold,
    reached,
    seconds,
  });
  return { env, seeds, threshold, rows: rows.map(figures), dir };
}
