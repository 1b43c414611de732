/** Algorithms side by side: the figures against their definitions, and the same runs one by one. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bandOf, meanOf, standardErrorOf } from "../../src/run/bands.js";
import { bandsSvg } from "../../src/run/curve.js";
import { commandLine } from "../oracle/command-line.js";

// Workers need files that exist: the built package.
const { compare, evaluate, train } = (await import(
  new URL("../../dist/index.js", import.meta.url).href
)) as typeof import("../../src/index.js");
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

const STEPS = 1024;

describe("several seeds as one", () => {
  it("have a mean with its standard error", () => {
    expect(meanOf([1, 2, 6])).toBe(3);
    expect(standardErrorOf([1, 2, 6])).toBeCloseTo(Math.sqrt((4 + 1 + 9) / 2 / 3), 14);
    expect(standardErrorOf([5])).toBeNaN();
    expect(meanOf([])).toBeNaN();
  });

  it("are interpolated where all of them have a value, with a 95 % interval", () => {
    const curve = (...points: [number, number][]) => points.map(([steps, meanReturn]) => ({ steps, meanReturn }));
    const band = bandOf([curve([0, Number.NaN], [10, 0], [30, 20]), curve([0, 4], [20, 14], [40, 24])]);
    expect(band[0]).toMatchObject({ steps: 10, mean: (0 + 9) / 2 });
    expect(band.at(-1)).toMatchObject({ steps: 30, mean: (20 + 19) / 2 });
    const { mean, low, high } = band[0] as (typeof band)[number];
    expect(high - mean).toBeCloseTo(12.706 * 4.5, 10); // t of one degree of freedom, times 9/2
    expect(mean - low).toBeCloseTo(high - mean, 10);
  });

  it("of one curve have an interval of no width, of none no points", () => {
    const [point] = bandOf([[{ steps: 5, meanReturn: 1 }]]);
    expect(point).toEqual({ steps: 5, mean: 1, low: 1, high: 1 });
    expect(bandOf([[], [{ steps: 1, meanReturn: Number.NaN }]])).toEqual([]);
  });

  it("are drawn with names, areas and the goal", async () => {
    const band = [0, 1, 2].map((i) => ({ steps: 10 * i, mean: i, low: i - 1, high: i + 1 }));
    const curves = [
      { name: "first", band },
      { name: "second", band },
    ];
    const svg = await bandsSvg("two", curves, 1.5);
    expect(svg).toContain(">first<");
    expect(svg).toContain(">second<");
    expect(svg.match(/fill-opacity="0.15"/g)).toHaveLength(2);
    expect(svg).toContain("stroke-dasharray");
    expect(await bandsSvg("two", curves, Number.NaN)).not.toContain("stroke-dasharray");
  });
});

describe("compare", () => {
  it("gives up a run whose numbers are none any more, and goes on with the others", { timeout: 60_000 }, async () => {
    const small = { numEnvs: 2, hidden: [8] };
    const { rows } = await compare({
      env: "Pendulum-v1",
      algos: ["ppo", "a2c"],
      seeds: 1,
      episodes: 2,
      totalSteps: 1280,
      options: { ppo: { ...small, steps: 32, batchSize: 64, epochs: 1, learningRate: "linear(1e-3,1e38)" }, a2c: small },
    });
    const [given, whole] = rows.map(({ runs }) => runs[0]);
    expect(given?.diverged).toMatch(/^\w+ is (NaN|Infinity) after \d+ steps$/);
    expect(given?.evaluation.meanReturn).toBeLessThan(0);
    expect(whole).toMatchObject({ steps: 1280 });
    expect(whole).not.toHaveProperty("diverged");
  });

  it("gives each algorithm the figures of its runs, whichever thread they ran in", { timeout: 120_000 }, async () => {
    const heard: number[] = [];
    const comparison = await compare({
      env: "CartPole-v1",
      algos: ["ppo"],
      seeds: 2,
      totalSteps: STEPS,
      threads: 2,
      episodes: 5,
      threshold: 10,
      options: { ppo: { gamma: 0.9 } },
      onProgress: ({ done }) => heard.push(done),
    });
    const [row] = comparison.rows;
    const returns = await Promise.all(
      [0, 1].map(async (seed) => {
        const run = train({ algo: "ppo", env: "CartPole-v1", seed, totalSteps: STEPS, gamma: 0.9 });
        for await (const _ of run);
        return (await evaluate(await run.policy(), { episodes: 5 })).meanReturn;
      }),
    );
    expect(row?.runs.map(({ evaluation }) => evaluation.meanReturn)).toEqual(returns);
    expect(row?.runs.map(({ config }) => config.seed)).toEqual([0, 1]);
    expect(row?.meanReturn).toBe(meanOf(returns));
    expect(row?.reached).toBe(2);
    expect(row?.stepsToThreshold).toBeGreaterThan(0);
    expect(row?.stepsToThreshold).toBeLessThanOrEqual(STEPS);
    expect(heard.at(-1)).toBe(1);
    expect(heard).toEqual(heard.toSorted((a, b) => a - b));
  });

  it("refuses what can't be right before any run begins, and passes on the error of a run", async () => {
    const base = { env: "CartPole-v1", algos: ["ppo"], totalSteps: STEPS } as const;
    await expect(compare({ ...base, algos: [] })).rejects.toThrow(/name algorithms to compare; there are: .*ppo/);
    await expect(compare({ ...base, seeds: 0 })).rejects.toThrow("seeds is a positive integer, not 0");
    await expect(compare({ ...base, options: { ppo: { gamma: 2 } } })).rejects.toThrow(/option gamma of ppo/);
  });

  it("ends when it is aborted, with the reason", async () => {
    const end = new AbortController();
    const pending = compare({
      env: "CartPole-v1",
      algos: ["ppo"],
      threads: 2,
      signal: end.signal,
      onProgress: () => end.abort(new Error("enough")),
    });
    await expect(pending).rejects.toThrow("enough");
  });
});

describe("the command line", () => {
  it("prints a table and leaves the figures and a picture", { timeout: 120_000 }, () => {
    const out = join(mkdtempSync(join(tmpdir(), "lanewise-")), "compared");
    const args = ["compare", "CartPole-v1", "--algos", "ppo", "--seeds", "2", "--steps", String(STEPS), "--episodes", "3", "--out", out];
    const text = execFileSync(process.execPath, [cli, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    expect(text).toMatch(
      /^CartPole-v1, 2 seeds, 3 evaluation episodes each\nalgorithm +mean return +± s\.e\. +steps to 475 +reached +wall time\nppo +/,
    );
    expect(text).toMatch(/0\/2/);
    expect(JSON.parse(readFileSync(join(out, "comparison.json"), "utf8")).rows[0].runs).toHaveLength(2);
    expect(readFileSync(join(out, "comparison.svg"), "utf8")).toContain("CartPole-v1, 2 seeds");
  });

  it.each([
    [["CartPole-v1", "--algos", "nope"], /unknown algorithm "nope"; known are: .*ppo/],
    [["Nope-v0", "--algos", "ppo"], /unknown environment "Nope-v0"/],
    [["CartPole-v1", "--algos", "ppo", "--seeds", "0"], /--seeds is an integer of at least 1, not "0"/],
    [["CartPole-v1", "--algos", "ppo", "--set", "a2c.gamma=1"], /unknown compared algorithm "a2c"/],
    [["CartPole-v1"], /required option '--algos <list>' not specified/],
  ])("refuses %j in one line and writes nothing", async (args, message) => {
    const cwd = mkdtempSync(join(tmpdir(), "lanewise-"));
    const { code, stderr } = await commandLine(["compare", ...args], cwd);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(existsSync(join(cwd, "runs"))).toBe(false);
  });
});
