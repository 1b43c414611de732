/** `lanewise sweep config.json`: a search for options, as a table and a picture; goes on where it was stopped. */

import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { ensure, UsageError } from "../../core/errors.js";
import { writeAtomically } from "../../run/artifacts.js";
import { formatCount, formatReturn } from "../../run/progress.js";
import type { SweepConfig, SweepRow } from "../../run/sweep/sweep.js";
import { parseCount } from "../input.js";
import { abortable, GOES_ON } from "../signals.js";
import { formatTable } from "../table.js";

interface SweepFlags {
  readonly threads?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const FILES = { config: "config.json", results: "results.json", picture: "sweep.svg", trials: "trials" } as const;

export function addSweep(program: Command): void {
  program
    .command("sweep")
    .description("search for good options: a grid, random points, or ASHA; goes on where it was stopped")
    .argument("<file>", "what to search, in JSON: algo, env, method, space, …")
    .option("--threads <k>", "trials side by side (default: one for each core)")
    .option("--out <dir>", "the folder for table, picture and trials (default: runs/sweep_<algo>_<env>)")
    .option("--json", "print the table as one JSON object")
    .action(async (file, flags) => {
      process.exitCode = await sweepCommand(file, flags);
    });
}

/** Returns the exit code. Trials that are done stay done, whatever ends the command. */
async function sweepCommand(file: string, flags: SweepFlags): Promise<number> {
  const { checkSweep, sweep } = await import("../../run/sweep/sweep.js");
  const { threadQueue } = await import("../../run/trials/queue.js");
  const { trialStore } = await import("../../run/trials/store.js");
  const config = checkSweep(read(file));
  const threads = parseCount("--threads", flags.threads) ?? availableParallelism();
  const folder = flags.out ?? `runs/sweep_${config.algo}_${config.env}`;
  ensureSame(folder, config);
  const store = trialStore(join(folder, FILES.trials));
  writeAtomically(join(folder, FILES.config), `${JSON.stringify(config, null, 2)}\n`);
  const onRow = (row: SweepRow) => process.stderr.write(`${describeRow(row)}\n`);
  return abortable(async (signal) => {
    const rows = await sweep(config, { queue: threadQueue(threads), store, signal, onRow });
    await save(folder, config, rows);
    process.stdout.write(flags.json ? `${JSON.stringify({ rows, dir: folder })}\n` : `${tableOf(rows)}saved in ${folder}\n`);
  }, GOES_ON);
}

function read(file: string): SweepConfig {
  ensure(existsSync(file), () => `there is no file ${file}; give the configuration of a sweep, in JSON`);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** A folder goes on with the sweep that it holds, and with no other. */
function ensureSame(folder: string, config: SweepConfig): void {
  const path = join(folder, FILES.config);
  if (!existsSync(path)) return;
  const held: Record<string, unknown> = JSON.parse(readFileSync(path, "utf8"));
  const given = config as unknown as Record<string, unknown>;
  const differing = Object.keys({ ...held, ...given }).filter((key) => JSON.stringify(held[key]) !== JSON.stringify(given[key]));
  ensure(differing.length === 0, () => `${folder} holds another sweep (${differing.join(", ")} differ); name another folder with --out`);
}

async function save(folder: string, { algo, env, method }: SweepConfig, rows: readonly SweepRow[]): Promise<void> {
  const { sweepSvg } = await import("../../run/sweep/picture.js");
  writeAtomically(join(folder, FILES.results), `${JSON.stringify(rows, null, 1)}\n`);
  writeAtomically(join(folder, FILES.picture), await sweepSvg(`${algo} on ${env}: ${method}, ${rows.length} trials`, rows));
}

function tableOf(rows: readonly SweepRow[]): string {
  const names = Object.keys(rows[0]?.point ?? {});
  const cells = ({ trial, point, steps, meanReturn, refused, diverged }: SweepRow) => [
    String(trial),
    ...names.map((name) => shown(point[name])),
    formatCount(steps),
    refused ?? (diverged === undefined ? formatReturn(meanReturn) : `diverged: ${diverged}`),
  ];
  return formatTable([["trial", ...names, "steps", "mean return"], ...rows.map(cells)]);
}

function describeRow({ trial, point, steps, meanReturn, refused, diverged }: SweepRow): string {
  const options = Object.entries(point).map(([name, value]) => `${name}=${shown(value)}`);
  const came = diverged === undefined ? `${formatReturn(meanReturn)} after ${formatCount(steps)} steps` : `diverged: ${diverged}`;
  return `trial ${trial}: ${options.join(" ")}: ${refused ?? came}`;
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : typeof value === "string" ? value : JSON.stringify(value);
}
