/** The main path, end to end: the preset solves CartPole on three seeds, and a seed decides every bit of the weights. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);

/** Runs the built package in a process of its own. */
async function inProcess(script: string): Promise<string> {
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: new URL("../..", import.meta.url) });
  return stdout.trim();
}

const TRAIN = `
  import { evaluate, train } from "./dist/index.js";
  const run = train({ algo: "ppo", env: "CartPole-v1", seed: SEED, totalSteps: STEPS });
  for await (const _ of run);
  const policy = await run.policy();
`;

function script(seed: number, steps: number, then: string): string {
  return TRAIN.replace("SEED", String(seed)).replace("STEPS", String(steps)) + then;
}

/** Solved, by Gymnasium's registry. */
const SOLVED = 475;

describe("PPO on CartPole-v1", () => {
  it.each([1, 2, 3])("solves it in 100,000 steps with seed %i", { timeout: 300_000 }, async (seed) => {
    const report = await inProcess(script(seed, 100_000, "console.log((await evaluate(policy, { episodes: 100 })).meanReturn)"));
    expect(Number(report)).toBeGreaterThanOrEqual(SOLVED);
  });
});

describe("the same seed", () => {
  const hash = script(7, 5000, "console.log(policy.sha256)");
  const alone = inProcess(hash);

  it("gives the same bits in two processes, and a different seed others", async () => {
    const [first, second, other] = await Promise.all([alone, inProcess(hash), inProcess(script(8, 5000, "console.log(policy.sha256)"))]);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it("gives the same bits whatever number of worker threads train beside it", async () => {
    const url = new URL("../../dist/index.js", import.meta.url).href;
    const code = hash.replace("./dist/index.js", url).replace("console.log(policy.sha256)", "parentPort.postMessage(policy.sha256)");
    const inWorker = () =>
      new Promise<string>((resolve, reject) => {
        const source = `import { parentPort } from "node:worker_threads"; ${code}`;
        const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
        worker.once("message", resolve).once("error", reject);
      });
    const wanted = await alone;
    expect(await Promise.all([inWorker(), inWorker(), inWorker()])).toEqual([wanted, wanted, wanted]);
  });
});
