/** `lanewise zoo run`: presets trained on several seeds, evaluated alike, and set beside RL Baselines3 Zoo's figures. */

import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { lookUp, UsageError } from "../../core/errors.js";
import { VERSION } from "../../core/version.js";
import { writeAtomically } from "../../run/artifacts.js";
import { formatDuration, formatReturn } from "../../run/progress.js";
import type { ZooOptions, ZooProgress } from "../../run/zoo/zoo.js";
import { parseCount, parseEpisodes, parseSteps } from "../input.js";
import { abortable, GOES_ON } from "../signals.js";

interface ZooFlags {
  readonly algos?: string;
  readonly envs?: string;
  readonly seeds?: string;
  readonly steps?: string;
  readonly episodes?: string;
  readonly threads?: string;
  readonly trials?: string;
  readonly out?: string;
}

const SEEDS = 5;
const EPISODES = 100;
const TRIALS = "runs/zoo";
const FILES = { data: "BENCHMARK.json", page: "BENCHMARK.md" } as const;
/** Milliseconds between two lines of progress, and between two drawings of a bar. */
const INTERVAL = { line: 5000, bar: 200 } as const;
const BAR = 24;

export function addZoo(program: Command): void {
  program
    .command("zoo")
    .description("all presets, with their evidence")
    .command("run")
    .description("train every preset on several seeds, and write BENCHMARK.md and BENCHMARK.json; goes on where it was stopped")
    .option("--algos <list>", "only these algorithms, separated by commas")
    .option("--envs <list>", "only these environments, separated by commas")
    .option("--seeds <n>", "runs of each pair (default: 5)")
    .option("--steps <n>", "environment steps of each run (default: the preset's)")
    .option("--episodes <n>", "episodes to evaluate each policy over (default: 100)")
    .option("--threads <k>", "runs side by side (default: one for each core)")
    .option("--trials <dir>", "the folder of runs that are done (default: runs/zoo)")
    .option("--out <dir>", "the folder for page and data (default: this one)")
    .action(async (flags) => {
      process.exitCode = await zooCommand(flags);
    });
}

/** Returns the exit code. Runs that are done stay done, whatever ends the command. */
async function zooCommand(flags: ZooFlags): Promise<number> {
  const options = await optionsOf(flags);
  const { runZoo } = await import("../../run/zoo/zoo.js");
  const view = progressOn(process.stderr);
  return abortable(async (signal) => {
    const rows = await runZoo({ ...options, signal, onProgress: view.update }).finally(view.finish);
    await save({ host: `lanewise ${VERSION}, Node ${process.version}, ${process.platform}-${process.arch}`, rows }, flags.out ?? ".");
  }, GOES_ON);
}

async function optionsOf({ algos, envs, seeds, steps, episodes, threads, trials = TRIALS }: ZooFlags): Promise<ZooOptions> {
  const { algorithms } = await import("../../algos/registry.js");
  const { environments } = await import("../../envs/registry.js");
  const { pairsOf } = await import("../../run/zoo/zoo.js");
  const { threadQueue } = await import("../../run/trials/queue.js");
  const { trialStore } = await import("../../run/trials/store.js");
  const totalSteps = parseSteps(steps);
  const options = {
    pairs: pairsOf(listed("algorithm", algos, algorithms), listed("environment", envs, environments)),
    seeds: parseCount("--seeds", seeds) ?? SEEDS,
    episodes: parseEpisodes(episodes) ?? EPISODES,
    ...(totalSteps !== undefined && { totalSteps }),
    queue: threadQueue(parseCount("--threads", threads) ?? availableParallelism()),
  };
  return { ...options, store: trialStore(trials) };
}

/** The names of a list with commas, each of which must be known; undefined for no list. */
function listed(kind: string, text: string | undefined, known: Readonly<Record<string, unknown>>): string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(",").filter(Boolean);
  if (names.length === 0) throw new UsageError(`name at least one ${kind}; known are: ${Object.keys(known).join(", ")}`);
  for (const name of names) lookUp(kind, known, name);
  return names;
}

async function save(benchmark: Parameters<typeof import("../../run/zoo/page.js").benchmarkPage>[0], folder: string): Promise<void> {
  const { benchmarkPage } = await import("../../run/zoo/page.js");
  const page = benchmarkPage(benchmark);
  mkdirSync(folder, { recursive: true });
  writeAtomically(join(folder, FILES.data), `${JSON.stringify(benchmark, null, 1)}\n`);
  writeAtomically(join(folder, FILES.page), page);
  process.stdout.write(`${page.slice(page.indexOf("\n## ") + 1)}\nsaved as ${join(folder, FILES.data)} and ${join(folder, FILES.page)}\n`);
}

interface View {
  readonly update: (progress: ZooProgress) => void;
  readonly finish: () => void;
}

/** A bar on a terminal, a line now and then elsewhere: `[====>   ]  35 %  7/20 runs  12:30 left  ppo on CartPole-v1, seed 2: 312.4`. */
function progressOn(stream: NodeJS.WriteStream): View {
  const start = performance.now();
  let shownAt = -Infinity;
  return {
    update({ finished, runs, done, run, metrics }) {
      const now = performance.now();
      if (now - shownAt < (stream.isTTY ? INTERVAL.bar : INTERVAL.line) && finished < runs) return;
      shownAt = now;
      const left = done > 0 ? ((now - start) / 1000) * (1 / done - 1) : Number.NaN;
      const bar = `[${"=".repeat(Math.floor(done * BAR))}>`.padEnd(BAR + 1).slice(0, BAR + 1);
      const latest = metrics ? formatReturn(metrics.meanReturn) : "done";
      const text = `${Math.floor(done * 100)} %  ${finished}/${runs} runs  ${formatDuration(left)} left`;
      const line = `${bar}] ${text}  ${run.algo} on ${run.env}, seed ${run.seed}: ${latest}`;
      stream.write(stream.isTTY ? `\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}` : `${line}\n`);
    },
    finish() {
      if (stream.isTTY && shownAt > -Infinity) stream.write("\n");
    },
  };
}
