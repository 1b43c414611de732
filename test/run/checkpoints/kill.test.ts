/**
 * Every algorithm's run on the command line is killed at random moments and resumed, again and again: it ends as the run in this process that
 * never was. Wants a fresh dist/: `npm test` builds first.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AlgorithmId } from "../../../src/algos/registry.js";
import { PURPOSE } from "../../../src/core/seeds.js";
import { HostRandom } from "../../../src/envs/host-random.js";
import type { EnvironmentSpec } from "../../../src/envs/spec.js";
import { recoverLines } from "../../../src/run/artifacts.js";
import { lineOf, namespaced, recordOf } from "../../../src/run/logs/log.js";
import { type TrainOptions, train } from "../../../src/run/train.js";
import { IDS, optionsOf, servedBy } from "../../algos/small-runs.js";
import { followed } from "../../oracle/runs.js";

const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
/** What the moments are drawn from; anew each time, unless it is given to repeat a failure. */
const SEED = Number(process.env["KILL_SEED"] ?? Date.now() % 2 ** 32);
/** How often the run of an algorithm is killed, at least; once while it trains. Two of three are twice: 51 of 31 algorithms. */
const killsOf = (algo: AlgorithmId) => (IDS.indexOf(algo) % 3 === 0 ? 1 : 2);
/** Seconds within which a process is killed that isn't to come to its first report. */
const STARTUP = 0.7;
/** Seconds from the end of the training to that of the process: the run is saved and evaluated. */
const ENDING = 0.2;
/** Checkpoints of a whole run, where it has as many iterations, and about how many seconds each takes. */
const CHECKPOINTS = 64;
const CHECKPOINT_SECONDS = 0.004;
/** As many processes at once as the tests are meant to have cores. */
const PROCESSES = 2;
/** What decides more of a run, where an algorithm has it: normalisers, draws by priority, threads. */
const MORE = { normalizeObservation: true, normalizeReward: true, prioritised: true };
const THREADS: Readonly<Partial<Record<AlgorithmId, object>>> = { a3c: { workers: 2 } };
/** Long enough to be killed, and short. Tables are learned and swept in iterations of few steps. */
const LENGTH = { table: { totalSteps: 4000, steps: 4 }, network: { totalSteps: 6000 } };

const root = mkdtempSync(join(tmpdir(), "lanewise-kill-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Kills by what they came upon, and how many of them left a checkpoint half written. */
const kills = { starting: 0, training: 0, ending: 0 };
type Found = keyof typeof kills;
let written = 0;

/** The run that nothing happened to. */
interface Whole {
  readonly options: TrainOptions;
  readonly weights: string;
  /** Metrics but for timings, as the progress tells them. */
  readonly progress: readonly unknown[];
  readonly steps: number;
  /** About how long it trains, with checkpoints. */
  readonly seconds: number;
}

const wholes = new Map<AlgorithmId, Whole>();
beforeAll(async () => {
  for (const algo of IDS) wholes.set(algo, await wholeRun(algo));
}, 120_000);

async function wholeRun(algo: AlgorithmId): Promise<Whole> {
  const env = servedBy(algo)[0] as EnvironmentSpec;
  const length = LENGTH[env.observationSpace.kind === "discrete" ? "table" : "network"];
  const options = optionsOf(algo, env, { ...MORE, ...THREADS[algo], ...length });
  const start = performance.now();
  const { weights, metrics } = await followed(train(options));
  const seconds = (performance.now() - start) / 1000 + CHECKPOINT_SECONDS * Math.min(CHECKPOINTS, metrics.length);
  const lines = metrics.map((one) => lineOf(one.steps, namespaced(one)));
  return { options, weights, progress: lines.map(timeless), steps: metrics.at(-1)?.steps ?? 0, seconds };
}

function timeless(line: string): unknown {
  return { ...JSON.parse(line), "time/seconds": 0, "time/stepsPerSecond": 0 };
}

/** The words that start the run. */
function argumentsOf({ options: { algo, env, seed, totalSteps, ...options }, steps }: Whole): string[] {
  const { threaded: _, ...settings } = options as Readonly<Record<string, unknown>>; // threads, where an algorithm has some
  const set = Object.entries(settings).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const task = [algo as string, (env as EnvironmentSpec).id, "--seed", `${seed}`, "--steps", `${totalSteps}`];
  return [...task, ...set, "--checkpoint-every", `${Math.ceil(steps / CHECKPOINTS)}`];
}

interface Moment {
  readonly seconds: number;
  /** From the start of the process, or from its first report. */
  readonly since: "start" | "report";
}

interface Outcome {
  readonly wasKilled: boolean;
  readonly hasReported: boolean;
}

/** Runs the command, and kills it at this moment unless it has ended by then. */
function lanewise(args: readonly string[], moment: Moment | undefined): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, "train", ...args, "--json"], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  let timer: NodeJS.Timeout | undefined;
  const arm = (since: Moment["since"]) => {
    if (moment?.since === since) timer = setTimeout(() => child.kill("SIGKILL"), 1000 * moment.seconds);
  };
  arm("start");
  child.stderr.setEncoding("utf8").on("data", (text) => {
    if (said === "") arm("report");
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0 || signal === "SIGKILL") resolve({ wasKilled: code !== 0, hasReported: said !== "" });
      else reject(new Error(`KILL_SEED=${SEED}: lanewise train ${args.join(" ")} ended with ${code}\n${said}`));
    });
  });
}

/** As the result says, if there is one. */
function weightsIn(folder: string): string | undefined {
  const file = join(folder, "result.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).weightsSha256 : undefined;
}

/** The environment steps that a run in this folder has reported. */
function stepsIn(folder: string): number {
  const line = existsSync(folder) ? recoverLines(join(folder, "progress.jsonl")).at(-1) : undefined;
  return line === undefined ? 0 : recordOf(line).steps;
}

/** What a kill came upon, counted. */
function whatWasFound(folder: string, { hasReported }: Outcome, { steps }: Whole): Found {
  const isUnderWay = hasReported && stepsIn(folder) < steps;
  const found = isUnderWay ? "training" : hasReported ? "ending" : "starting";
  kills[found]++;
  if (existsSync(join(folder, "checkpoints/.unfinished"))) written++;
  return found;
}

/** When the next process of a run is killed, most of all while it trains. `patience` is the part of the time left within which that is. */
function nextMoment(folder: string, whole: Whole, seen: readonly Found[], patience: number, random: HostRandom): Moment {
  const isFirstOfTwo = seen.length === 0 && killsOf(whole.options.algo as AlgorithmId) > 1;
  if (isFirstOfTwo && random.uniform() < 0.6) return { since: "start", seconds: STARTUP * random.uniform() };
  const left = whole.seconds * (1 - stepsIn(folder) / whole.steps) + (seen.includes("training") ? ENDING : 0);
  return { since: "report", seconds: left * patience * random.uniform() };
}

/** Kills and resumes until there were enough kills and a run that came to its end. */
async function killAndResume(algo: AlgorithmId, random: HostRandom): Promise<void> {
  const whole = wholes.get(algo) as Whole;
  const seen: Found[] = [];
  const isEnough = () => seen.length >= killsOf(algo) && seen.includes("training");
  for (let run = 0; !isEnough(); run++) {
    const folder = join(root, `${algo}-${run}`);
    let patience = 0.7 ** run; // less, where the run before came to its end too soon
    do {
      const args = existsSync(join(folder, "config.json")) ? ["--resume", folder] : [...argumentsOf(whole), "--out", folder];
      const outcome = await lanewise(args, isEnough() ? undefined : nextMoment(folder, whole, seen, patience, random));
      if (outcome.wasKilled) seen.push(whatWasFound(folder, outcome, whole));
      patience *= 0.9;
    } while (weightsIn(folder) === undefined);
    expect(weightsIn(folder), `KILL_SEED=${SEED}`).toBe(whole.weights);
    expect(recoverLines(join(folder, "progress.jsonl")).map(timeless), `KILL_SEED=${SEED}`).toEqual(whole.progress);
  }
}

/** One run after the other in each of these. */
const rows: Promise<void>[] = Array.from({ length: PROCESSES }, () => Promise.resolve());

it.concurrent.each(IDS.map((algo, i) => [algo, i] as const))(
  "%s, killed and resumed, ends with the weights and the progress of a run that never was",
  (algo, i) => {
    const random = new HostRandom(SEED).begin(SEED, PURPOSE.environment, i, 0);
    const work = () => killAndResume(algo, random);
    const row = i % PROCESSES;
    rows[row] = (rows[row] as Promise<void>).then(work, work);
    return rows[row];
  },
  600_000,
);

it("that makes fifty kills at the least, over the whole life of a process", () => {
  console.log(`KILL_SEED=${SEED}: killed while`, kills, `${written} in the middle of writing a checkpoint`);
  expect(kills.starting + kills.training + kills.ending).toBeGreaterThanOrEqual(50);
  expect(kills.training).toBeGreaterThanOrEqual(IDS.length);
});
