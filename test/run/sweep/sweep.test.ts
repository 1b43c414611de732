/** Sweeps with a queue that is made up, whose returns are known, and by the command line with real ones. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { DivergenceError } from "../../../src/run/callbacks/nan-guard.js";
import { resolveConfig } from "../../../src/run/config.js";
import type { FinishedRun, FleetRun } from "../../../src/run/fleet.js";
import { sweepSvg } from "../../../src/run/sweep/picture.js";
import { gridPoints, randomPoint } from "../../../src/run/sweep/space.js";
import { checkSweep, type SweepConfig, sweep } from "../../../src/run/sweep/sweep.js";
import type { TrialQueue } from "../../../src/run/trials/queue.js";
import { type TrialStore, trialStore } from "../../../src/run/trials/store.js";

const cli = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "lanewise-sweep-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const base = { algo: "ppo", env: "CartPole-v1", episodes: 5 } as const;
const space = { gamma: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] };

interface MadeUp extends TrialQueue {
  readonly trained: { readonly gamma: number; readonly steps: number }[];
}

/** A run's return is its discount; each takes as long as a turn of the event loop. */
function madeUp(width: number): MadeUp {
  const trained: { gamma: number; steps: number }[] = [];
  return {
    trained,
    width,
    async run(run: FleetRun, { episodes, stopAfter = 0 }): Promise<FinishedRun> {
      const config = resolveConfig(run);
      const gamma = Number(config.options["gamma"]);
      await new Promise((done) => setImmediate(done));
      trained.push({ gamma, steps: stopAfter });
      return { config, curve: [], steps: stopAfter, seconds: 1, evaluation: { meanReturn: gamma, stdReturn: 0, episodes, returns: [] } };
    },
  };
}

let store: TrialStore;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, "trials-"));
  store = trialStore(folder);
});

describe("a space", () => {
  const ranges = { a: { uniform: [1, 2] }, b: { logUniform: [1e-5, 1e-1] }, c: { integer: [3, 5] }, d: ["x", "y"] } as const;

  it("gives random points within its bounds, the same for the same seed and index", () => {
    const points = Array.from({ length: 400 }, (_, index) => randomPoint(ranges, 7, index)) as {
      a: number;
      b: number;
      c: number;
      d: string;
    }[];
    expect(randomPoint(ranges, 7, 123)).toEqual(points[123]);
    expect(randomPoint(ranges, 8, 123)).not.toEqual(points[123]);
    for (const { a, b } of points) expect(a >= 1 && a < 2 && b >= 1e-5 && b <= 1e-1).toBe(true);
    expect(new Set(points.map(({ c }) => c))).toEqual(new Set([3, 4, 5]));
    expect(new Set(points.map(({ d }) => d))).toEqual(new Set(["x", "y"]));
    const below = points.filter(({ b }) => b < 1e-3).length / points.length; // half of the logarithms, within four deviations
    expect(Math.abs(below - 0.5)).toBeLessThan(0.1);
  });

  it("gives a grid of all combinations", () => {
    expect(gridPoints({ a: [1, 2], b: ["x", "y"] })).toEqual([
      { a: 1, b: "x" },
      { a: 1, b: "y" },
      { a: 2, b: "x" },
      { a: 2, b: "y" },
    ]);
  });
});

describe("a config", () => {
  const wrong = (config: Record<string, unknown>) => () =>
    checkSweep({ ...base, method: "grid", space, ...config } as unknown as SweepConfig);

  it.each([
    [{ colour: 1 }, 'a sweep has no "colour"'],
    [{ method: "guess" }, 'method is one of random, grid, asha, not "guess"'],
    [{ trials: 0 }, "trials is a positive integer, not 0"],
    [{ space: {} }, "space names no options"],
    [{ space: { gamma: [] } }, "space.gamma is an empty list"],
    [{ space: { gamma: { uniform: [1, 0] } } }, "space.gamma is a range without a low bound below a high one"],
    [{ space: { gamma: { logUniform: [0, 1] } } }, "doesn't begin above 0"],
    [{ space: { gamma: { normal: [0, 1] } } }, "neither a list nor a range"],
    [{ algo: "nope" }, 'unknown algorithm "nope"'],
    [{ options: { colour: 1 } }, 'ppo has no option "colour"'],
    [{ eta: 1 }, "eta is an integer above 1"],
  ])("with %j is refused", (config, message) => {
    expect(wrong(config)).toThrow(message);
  });
});

describe("a search", () => {
  it("over a grid trains every point to the end, best first", async () => {
    const queue = madeUp(2);
    const rows = await sweep({ ...base, method: "grid", space, totalSteps: 900 }, { queue, store });
    expect(queue.trained).toHaveLength(9);
    expect(rows.map(({ meanReturn }) => meanReturn)).toEqual(space.gamma.toReversed());
    expect(new Set(rows.map(({ steps }) => steps))).toEqual(new Set([900]));
  });

  it("promotes no trial that diverged, and goes on without one that did so at once", async () => {
    const queue = madeUp(1);
    const run: TrialQueue["run"] = async (trial, options) => {
      const finished = await queue.run(trial, options);
      const gamma = Number(finished.config.options["gamma"]);
      if (gamma === 0.8) throw new DivergenceError("valueLoss is NaN after 10 steps, in the first iteration");
      return gamma === 0.7 ? { ...finished, steps: 50, diverged: "valueLoss is NaN after 50 steps" } : finished;
    };
    const config = { ...base, method: "asha", trials: 9, space, totalSteps: 900, minSteps: 100, seed: 4 } as const;
    const rows = await sweep(config, { queue: { width: 1, run }, store });
    const given = queue.trained.map(({ gamma }) => gamma);
    expect(given).toEqual(expect.arrayContaining([0.7, 0.8])); // the points of this seed
    expect(queue.trained.filter(({ gamma, steps }) => gamma >= 0.7 && steps > 100)).toEqual([]);
    expect(rows[0]).toMatchObject({ steps: 900, meanReturn: Math.max(...given.filter((gamma) => gamma < 0.7)) });
    const diverged = new Map(rows.map((row) => [row.point["gamma"], row.diverged]));
    expect([diverged.get(0.7), diverged.get(0.8)]).toEqual([
      "valueLoss is NaN after 50 steps",
      "valueLoss is NaN after 10 steps, in the first iteration",
    ]);
    const again = await sweep(config, { queue: { width: 1, run }, store });
    expect(again).toEqual(rows); // what the store holds says so too
  });

  it("by successive halving gives the third that is better three times the steps", async () => {
    const queue = madeUp(1);
    const config = {
      ...base,
      method: "asha",
      trials: 9,
      space: { gamma: { uniform: [0.1, 0.9] } },
      totalSteps: 900,
      minSteps: 100,
    } as const;
    const rows = await sweep(config, { queue, store });
    const count = (steps: number) => queue.trained.filter((run) => run.steps === steps).length;
    expect(count(100)).toBe(9);
    // Not knowing what is to come, it promotes a little more than a third.
    expect(count(300)).toBeGreaterThanOrEqual(3);
    expect(count(300)).toBeLessThanOrEqual(6);
    expect(count(900)).toBeGreaterThanOrEqual(1);
    const best = Math.max(...queue.trained.map(({ gamma }) => gamma));
    expect(rows[0]).toMatchObject({ steps: 900, meanReturn: best });
    expect(rows.filter(({ steps }) => steps === 100).every(({ meanReturn }) => meanReturn < best)).toBe(true);
  });

  it("brings someone to the end even where trials are few", async () => {
    const rows = await sweep({ ...base, method: "asha", trials: 2, space, totalSteps: 900, minSteps: 100 }, { queue: madeUp(2), store });
    expect(rows[0]?.steps).toBe(900);
    expect(rows[0]?.meanReturn).toBe(Math.max(...rows.map(({ meanReturn }) => meanReturn)));
  });

  it("keeps as many at work as the queue is wide", async () => {
    let [now, most] = [0, 0];
    const inner = madeUp(3);
    const queue: TrialQueue = {
      width: 3,
      async run(...args) {
        most = Math.max(most, ++now);
        return inner.run(...args).finally(() => now--);
      },
    };
    await sweep({ ...base, method: "random", trials: 8, space }, { queue, store });
    expect(most).toBe(3);
  });

  it("goes on where it was stopped", async () => {
    const config = { ...base, method: "grid", space } as const;
    const first = madeUp(1);
    const run: TrialQueue["run"] = (...args) => (first.trained.length === 4 ? Promise.reject(new Error("stopped")) : first.run(...args));
    await expect(sweep(config, { queue: { width: 1, run }, store })).rejects.toThrow("stopped");
    const second = madeUp(1);
    const rows = await sweep(config, { queue: second, store: trialStore(folder) });
    expect(second.trained).toHaveLength(5);
    expect(rows).toHaveLength(9);
  });

  it("says which points can't be, and goes on with the others", async () => {
    const config = { ...base, method: "grid", space: { batchSize: [64, 100] }, options: { numEnvs: 2, steps: 32 } } as const;
    const rows = await sweep(config, { queue: madeUp(1), store });
    expect(rows.map(({ point, refused }) => [point["batchSize"], refused?.slice(0, 24)])).toEqual([
      [64, undefined],
      [100, "batchSize 100 does not d"],
    ]);
  });
});

it("the picture has an axis for each option, for steps and for the return, and a line for each trial", async () => {
  const row = (trial: number) => ({
    trial,
    point: { gamma: 0.2 + trial, activation: trial ? "tanh" : "relu" },
    steps: 100,
    meanReturn: 50 * trial,
  });
  const lines = (svg: string) => [...svg.matchAll(/<(?:path|polyline)[^>]*stroke="#0969da"/g)].length;
  const svg = await sweepSvg("ppo", [row(1), row(0)]);
  for (const text of ["gamma", "activation", "tanh", "relu", "steps", "mean return"]) expect(svg).toContain(`>${text}<`);
  expect(lines(svg)).toBe(2 * lines(await sweepSvg("ppo", [row(1)])));
  expect(lines(svg)).toBeGreaterThan(0);
});

describe("lanewise sweep", { timeout: 120_000 }, () => {
  const config = {
    ...base,
    algo: "q-learning",
    env: "FrozenLake-v1",
    method: "random",
    trials: 4,
    totalSteps: 2000,
    space: { gamma: [0.9, 0.99] },
  };
  const file = join(root, "config.json");
  const out = join(root, "out");
  const run = () => spawnSync(process.execPath, [cli, "sweep", file, "--out", out, "--threads", "1"], { encoding: "utf8" });

  it("killed at any moment goes on from there, and leaves table and picture", async () => {
    writeFileSync(file, JSON.stringify(config));
    const child = spawn(process.execPath, [cli, "sweep", file, "--out", out, "--threads", "1"], { stdio: "ignore" });
    const trials = join(out, "trials");
    while (!existsSync(trials) || readdirSync(trials).length === 0) await new Promise((done) => setTimeout(done, 20));
    child.kill("SIGKILL");
    await once(child, "exit");
    const before = readdirSync(trials).filter((name) => name.startsWith("trial"));
    const contents = () => before.map((name) => readFileSync(join(trials, name), "utf8"));
    const held = contents(); // seconds and all
    const { status, stdout } = run();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^trial +gamma +steps +mean return\n/);
    expect(contents()).toEqual(held);
    expect(JSON.parse(readFileSync(join(out, "results.json"), "utf8"))).toHaveLength(4);
    expect(readFileSync(join(out, "sweep.svg"), "utf8")).toContain("q-learning on FrozenLake-v1");
  });

  it("refuses a folder with another sweep, and a file that is none", () => {
    writeFileSync(file, JSON.stringify({ ...config, trials: 5, seed: 1 }));
    const { status, stderr } = run();
    expect(status).toBe(2);
    expect(stderr).toMatch(/^lanewise: .* holds another sweep \((seed, trials|trials, seed) differ\); name another folder with --out\n$/);
    writeFileSync(file, "{");
    expect(run().stderr).toMatch(/^lanewise: .*config\.json is not JSON: .*\n$/);
  });
});
