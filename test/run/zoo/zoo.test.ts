/** The zoo with a queue that is made up: what is trained, what isn't trained twice, and what comes of it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { resolveConfig } from "../../../src/run/config.js";
import type { FinishedRun, FleetRun } from "../../../src/run/fleet.js";
import type { TrialQueue } from "../../../src/run/trials/queue.js";
import { trialStore } from "../../../src/run/trials/store.js";
import { type Benchmark, benchmarkPage } from "../../../src/run/zoo/page.js";
import { pairsOf, runZoo } from "../../../src/run/zoo/zoo.js";

// Workers need files that exist: the built package.
const built = async <T>(file: string) => (await import(new URL(`../../../dist/run/${file}`, import.meta.url).href)) as T;
const { threadQueue } = await built<typeof import("../../../src/run/trials/queue.js")>("trials/queue.js");
const { trainAll } = await built<typeof import("../../../src/run/fleet.js")>("fleet.js");

const folder = mkdtempSync(join(tmpdir(), "lanewise-zoo-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const nameOf = ({ algo, env, seed }: FleetRun) => `${algo} ${env} ${seed}`;

/** Returns 10 · seed + 1 as the mean return, at once; refuses what it is told to. */
function madeUp(refuses: (run: FleetRun) => boolean = () => false): TrialQueue & { readonly trained: string[] } {
  const trained: string[] = [];
  return {
    trained,
    width: 2,
    async run(run, { episodes }): Promise<FinishedRun> {
      await Promise.resolve();
      if (refuses(run)) throw new Error(`${nameOf(run)} failed`);
      trained.push(nameOf(run));
      const meanReturn = 10 * (run.seed ?? 0) + 1;
      return {
        config: resolveConfig(run),
        curve: [],
        steps: 100,
        seconds: 2,
        evaluation: { meanReturn, stdReturn: 0, episodes, returns: [] },
      };
    },
  };
}

const pairs = pairsOf(["ppo", "a2c"], ["CartPole-v1"]);
const options = () => ({ pairs, seeds: 2, episodes: 10, store: trialStore(join(folder, "trials")) });

describe("the zoo", () => {
  it("trains all pairs on all seeds and sums them up beside the reference", async () => {
    const queue = madeUp();
    const heard: string[] = [];
    const rows = await runZoo({ ...options(), queue, onProgress: ({ finished, runs }) => heard.push(`${finished}/${runs}`) });
    expect(queue.trained.toSorted()).toEqual(["a2c CartPole-v1 0", "a2c CartPole-v1 1", "ppo CartPole-v1 0", "ppo CartPole-v1 1"]);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toEqual({
      algo: "a2c",
      env: "CartPole-v1",
      steps: 100,
      returns: [1, 11],
      interquartileMean: 6,
      interval: { low: 1, high: 11 },
      episodes: 10,
      seconds: 2,
      reference: { mean: 500, std: 0, steps: 500_000 },
    });
    expect(heard.at(-1)).toBe("4/4");
  });

  it("trains nothing twice, and again what was of other options or has become unreadable", async () => {
    await runZoo({ ...options(), queue: madeUp() });
    const again = madeUp();
    await runZoo({ ...options(), queue: again });
    expect(again.trained).toEqual([]);
    writeFileSync(join(folder, "trials/ppo_CartPole-v1_1.json"), "{");
    await runZoo({ ...options(), queue: again });
    expect(again.trained).toEqual(["ppo CartPole-v1 1"]);
    const longer = madeUp();
    await runZoo({ ...options(), totalSteps: 7, queue: longer });
    expect(longer.trained).toHaveLength(4);
  });

  it("keeps what was done when a run fails", async () => {
    const fails = madeUp(({ algo, seed }) => algo === "ppo" && seed === 1);
    await expect(runZoo({ ...options(), queue: fails })).rejects.toThrow("ppo CartPole-v1 1 failed");
    const rest = madeUp();
    await runZoo({ ...options(), queue: rest });
    expect(rest.trained).toContain("ppo CartPole-v1 1");
    expect([...fails.trained, ...rest.trained]).toHaveLength(4);
  });

  it("refuses a choice that leaves nothing", () => {
    expect(() => pairsOf(["sac"], ["Taxi-v3"])).toThrow("there is no preset of sac for Taxi-v3");
  });
});

describe("a queue of threads", () => {
  const run = { algo: "q-learning", env: "FrozenLake-v1", totalSteps: 500 } as const;

  it("works on so many runs at once as it has threads, and gives what training alone gives", { timeout: 60_000 }, async () => {
    const queue = threadQueue(1);
    const order: string[] = [];
    const listen = (name: string) => ({ episodes: 5, onMetrics: () => void (order.at(-1) === name || order.push(name)) });
    const [first, second] = await Promise.all([
      queue.run({ ...run, seed: 1 }, listen("first")),
      queue.run({ ...run, seed: 2 }, listen("second")),
    ]);
    expect(order).toEqual(["first", "second"]);
    const [alone] = await trainAll([{ ...run, seed: 2 }], { threads: 1, episodes: 5 });
    expect(second.evaluation).toEqual(alone?.evaluation);
    expect(first.config.seed).toBe(1);
  });

  it("rejects with the reason once it is aborted, those in line too", { timeout: 60_000 }, async () => {
    const queue = threadQueue(1);
    const end = new AbortController();
    const runs = [1, 2].map((seed) => queue.run({ ...run, seed, totalSteps: 1e9 }, { episodes: 1, signal: end.signal }));
    const outcomes = Promise.allSettled(runs);
    end.abort(new Error("enough"));
    expect((await outcomes).map((outcome) => outcome.status === "rejected" && outcome.reason.message)).toEqual(["enough", "enough"]);
  });
});

it("BENCHMARK.md is made of BENCHMARK.json", () => {
  const at = (name: string) => new URL(`../../../${name}`, import.meta.url);
  expect(existsSync(at("BENCHMARK.json"))).toBe(true);
  const benchmark: Benchmark = JSON.parse(readFileSync(at("BENCHMARK.json"), "utf8"));
  expect(readFileSync(at("BENCHMARK.md"), "utf8")).toBe(benchmarkPage(benchmark));
  for (const { algo, env } of benchmark.rows) expect(pairsOf()).toContainEqual({ algo, env });
});
