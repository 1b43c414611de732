/** Runs of the command line that are killed at random moments and resumed, again and again: they end as if nothing had happened. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { HostRandom } from "../../../src/envs/host-random.js";

const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
/** What the moments are drawn from; anew each time, unless it is given to repeat a failure. */
const SEED = Number(process.env["KILL_SEED"] ?? Date.now() % 2 ** 32);
/** What each adds to the others: normalisers; replay with priorities; several optimizers and targets; threads; a line search; a table. */
const RUNS = {
  ppo: "Pendulum-v1 --steps 8000 --checkpoint-every 256 --set numEnvs=2 normalizeObservation=true normalizeReward=true hidden=8",
  dqn: "CartPole-v1 --steps 4000 --checkpoint-every 1000 --set prioritised=true bufferSize=3000 hidden=8 trainFrequency=8 batchSize=32",
  sac: "Pendulum-v1 --steps 6000 --checkpoint-every 1000 --set hidden=8 trainFrequency=16 batchSize=32",
  a3c: "CartPole-v1 --steps 4000 --checkpoint-every 1000 --set workers=2 hidden=8",
  trpo: "CartPole-v1 --steps 6000 --checkpoint-every 256 --set numEnvs=2 hidden=8 batchSize=256",
  "sarsa-lambda": "FrozenLake-v1 --steps 30000 --checkpoint-every 1000 --set lambda=0.8",
} as const;
/** How often each is killed, 51 times together, less often where a process takes long to start. */
const KILLS: Readonly<Record<keyof typeof RUNS, number>> = { ppo: 9, dqn: 9, sac: 9, a3c: 4, trpo: 10, "sarsa-lambda": 10 };
/** One after the other, both rows at the same time: for two cores. */
const ROWS: readonly (readonly (keyof typeof RUNS)[])[] = [
  ["ppo", "dqn", "sac"],
  ["a3c", "trpo", "sarsa-lambda"],
];

const root = mkdtempSync(join(tmpdir(), "lanewise-kill-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Outcome {
  /** Undefined for a process that was killed. */
  readonly weights: string | undefined;
  /** From the start of the process to its first report, and from there to its end. */
  readonly startup: number;
  readonly seconds: number;
}

/** Runs the command, and kills it so many seconds after its first report, if it has not ended by then; after its start if they are negative. */
function lanewise(args: readonly string[], killAfter = Infinity): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  const start = performance.now();
  let reported = start;
  let timer: NodeJS.Timeout | undefined;
  const killIn = (seconds: number) => {
    if (seconds < Infinity) timer = setTimeout(() => child.kill("SIGKILL"), 1000 * seconds);
  };
  if (killAfter < 0) killIn(-killAfter);
  for (const name of ["stdout", "stderr"] as const) child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  child.stderr.once("data", () => {
    reported = performance.now();
    if (killAfter >= 0) killIn(killAfter);
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const times = { startup: (reported - start) / 1000, seconds: (performance.now() - reported) / 1000 };
      if (signal === "SIGKILL") resolve({ weights: undefined, ...times });
      else if (code === 0) resolve({ weights: JSON.parse(output.stdout).weightsSha256, ...times });
      else reject(new Error(`KILL_SEED=${SEED}: ${args.join(" ")} ended with ${code}\n${output.stderr}`));
    });
  });
}

/** As the result says, if there is one. */
function weightsIn(folder: string): string | undefined {
  const file = join(root, folder, "result.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).weightsSha256 : undefined;
}

/** What a run reported, but for timings. */
function progressIn(folder: string): unknown[] {
  const lines = readFileSync(join(root, folder, "progress.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => ({ ...JSON.parse(line), "time/seconds": 0, "time/stepsPerSecond": 0 }));
}

/** The command line's words; what follows --set are several settings. */
function argumentsOf(algo: string, text: string): string[] {
  const [before = "", settings = ""] = text.split(" --set ");
  return ["train", algo, ...before.split(" "), ...settings.split(" ").flatMap((setting) => ["--set", setting]), "--json"];
}

/** Kills and resumes until there were enough kills and a run that came to its end; how often one did. */
async function killAndResume(algo: keyof typeof RUNS): Promise<number> {
  const args = argumentsOf(algo, RUNS[algo]);
  const whole = await lanewise([...args, "--out", `${algo}-whole`]);
  const random = new HostRandom(SEED);
  let { seconds } = whole; // the longest that a process is left to train, less where some ended before they were killed
  let [kills, finished] = [0, 0];
  for (let isUnderWay = false; kills < KILLS[algo] || isUnderWay; ) {
    const folder = `${algo}-${finished}`;
    const isBegun = existsSync(join(root, folder, "config.json"));
    const isEarly = random.uniform() < 0.15;
    const killAfter = isEarly ? -whole.startup * random.uniform() : seconds * random.uniform(0, 0.4);
    const command = isBegun ? ["train", "--resume", folder, "--json"] : [...args, "--out", folder];
    const outcome = await lanewise(command, kills < KILLS[algo] ? killAfter : Infinity);
    if (outcome.weights === undefined) kills++;
    else seconds *= 0.7;
    const weights = outcome.weights ?? weightsIn(folder); // the kill may come between the result and the end
    isUnderWay = weights === undefined;
    if (isUnderWay) continue;
    finished++;
    expect(weights, `${algo}, KILL_SEED=${SEED}`).toBe(whole.weights);
    expect(progressIn(folder), `${algo}, KILL_SEED=${SEED}`).toEqual(progressIn(`${algo}-whole`));
  }
  return finished;
}

it.concurrent.each(ROWS)(
  "%s, %s and %s, killed and resumed again and again, end with the weights and the progress of runs that never were",
  async (...row) => {
    for (const algo of row) expect(await killAndResume(algo)).toBeGreaterThan(0);
  },
  900_000,
);
