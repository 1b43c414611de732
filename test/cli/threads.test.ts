/** Runs over several threads, as a shell sees them. Wants a fresh dist/: `npm test` builds first. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const SMALL = ["train", "ppo", "CartPole-v1", "--steps", "512", "--set", "hidden=8", "--set", "epochs=1", "--json"];

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "lanewise-threads-"));
});
afterAll(() => rmSync(root, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function lanewise(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], { cwd: root }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe("--workers", () => {
  it("comes to the weights of one thread", async () => {
    const weights = async (...flags: string[]) => JSON.parse((await lanewise(...SMALL, ...flags)).stdout).weightsSha256;
    expect(await weights("--workers", "3")).toBe(await weights());
  });

  it("is refused where there are too few steps to share, or too few environments, and leaves nothing behind", async () => {
    const before = readdirSync(root, { recursive: true });
    const dqn = await lanewise("train", "dqn", "CartPole-v1", "--workers", "2");
    expect(dqn).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^lanewise: --workers is for .*ppo.*; dqn acts for too few to share\n$/),
    });
    const crowd = await lanewise(...SMALL, "--workers", "9");
    expect(crowd).toMatchObject({ code: 2, stderr: expect.stringContaining("9 workers are more than the 8 environments") });
    expect(readdirSync(root, { recursive: true })).toEqual(before);
  });
});

describe("--seeds", () => {
  it("reports mean and spread, and leaves a run for each seed that is the run of that seed alone", async () => {
    const { code, stdout } = await lanewise(...SMALL, "--seeds", "2", "--seed", "3", "--out", "two");
    expect(code).toBe(0);
    const { meanReturn, stdReturn, runs } = JSON.parse(stdout);
    const [low, high] = runs.map(({ evalMeanReturn }: { evalMeanReturn: number }) => evalMeanReturn).sort((a: number, b: number) => a - b);
    expect(meanReturn).toBeCloseTo((low + high) / 2, 10);
    expect(stdReturn).toBeCloseTo((high - low) / Math.SQRT2, 10);
    expect(readdirSync(join(root, "two")).sort()).toEqual(["seed_3", "seed_4", "seeds.json", "seeds.svg"]);
    const alone = JSON.parse((await lanewise(...SMALL, "--seed", "4")).stdout);
    expect(runs[1]).toMatchObject({ seed: 4, weightsSha256: alone.weightsSha256, evalMeanReturn: alone.evalMeanReturn });
    expect(JSON.parse((await lanewise("eval", "two/seed_4", "--json")).stdout).evalMeanReturn).toBe(alone.evalMeanReturn);
  });
});
