/** `lanewise train` with logs, evaluation and reasons to stop. Wants a fresh dist/: `npm test` builds first. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { recordOf } from "../../src/run/logs/log.js";
import { lanewise as processOf } from "../faults/lanewise.js";
import { commandLine } from "../oracle/command-line.js";

vi.setConfig({ testTimeout: 60_000 });

const SMALL = ["ppo", "CartPole-v1", "--set", "hidden=8", "--set", "epochs=1", "--json"];

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "lanewise-watching-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const lanewise = (...args: readonly string[]) => commandLine(args, root);
const separately = (...args: readonly string[]) => processOf(root, args);

const recordsIn = (folder: string) =>
  readFileSync(join(root, folder, "progress.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map(recordOf);

describe("a run with logs and evaluations", () => {
  let result: Readonly<Record<string, number>>;
  beforeAll(async () => {
    const { code, stdout } = await lanewise(
      "train",
      ...SMALL,
      "--steps",
      "4096",
      "--log",
      "csv,tensorboard",
      "--eval-every",
      "1000",
      "--out",
      "a",
    );
    expect(code).toBe(0);
    result = JSON.parse(stdout);
  });

  it("has the same numbers, under the same names, in every log", () => {
    const records = recordsIn("a");
    const [head = "", ...rows] = readFileSync(join(root, "a/progress.csv"), "utf8").trimEnd().split("\r\n");
    const names = head.split(",");
    const table = rows.map((row) => row.split(",").map((text, i) => [names[i], text] as const));
    expect(
      table.map((row) => Object.fromEntries(row.filter(([, text]) => text !== "").map(([name, text]) => [name, Number(text)]))),
    ).toEqual(records);
    expect(names).toEqual(expect.arrayContaining(["steps", "rollout/meanReturn", "train/policyLoss", "eval/meanReturn"]));
    const events = readdirSync(join(root, "a")).filter((name) => name.startsWith("events.out.tfevents."));
    const text = readFileSync(join(root, "a", events[0] as string), "latin1");
    for (const name of [
      "rollout/meanReturn",
      "eval/meanReturn",
      "weights/actor.0.weight",
      "_hparams_/session_start_info",
      "learningRate",
    ]) {
      expect(text).toContain(name);
    }
  });

  it("evaluates at its intervals, and keeps the best policy", () => {
    const evaluated = recordsIn("a").filter((record) => record["eval/meanReturn"] !== undefined);
    expect(evaluated.map(({ steps }) => Math.floor(steps / 1000))).toEqual([1, 2, 3, 4]);
    const best = Math.max(...evaluated.map((record) => record["eval/meanReturn"] as number));
    expect(result["bestMeanReturn"]).toBe(best);
    expect(evaluated.find(({ steps }) => steps === result["bestSteps"])?.["eval/meanReturn"]).toBe(best);
    const { training } = headerOf(join(root, "a/best.safetensors"));
    expect(training.steps).toBe(result["bestSteps"]);
  });

  it("learns what it learns without", async () => {
    const { stdout } = await lanewise("train", ...SMALL, "--steps", "4096", "--out", "plain");
    expect(JSON.parse(stdout).weightsSha256).toBe(result["weightsSha256"]);
  });
});

it.each([
  ["--log", "csv"],
  ["--eval-every", "1000"],
  ["--stop-at", "5"],
  ["--patience", "3"],
  ["--resume", "runs/a"],
  ["--checkpoint-every", "1000"],
  ["--keep-checkpoints", "2"],
  ["--save-replay", "9"],
])("several seeds are refused %s, which is for one run", async (flag, value) => {
  const { code, stdout, stderr } = await lanewise("train", "ppo", "CartPole-v1", "--seeds", "2", flag, value);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(new RegExp(`^lanewise: --seeds doesn't go with ${flag}(,|:).* one run at a time\n$`));
  expect(existsSync(join(root, "runs"))).toBe(false);
});

it.each([
  [["--stop-at", "1", "--eval-every", "1000"], /^eval\/meanReturn reached 1: it is /, 1],
  [["--stop-at", "1"], /^meanReturn reached 1: it is /, 0],
  [["--eval-every", "256", "--patience", "1", "--set", "learningRate=0"], /^eval\/meanReturn has not risen above .* for 1 reports$/, 0],
])("a run with %j ends before its steps are done, and says why", async (flags, reason, thousands) => {
  const { code, stdout } = await lanewise("train", ...SMALL, "--steps", "100000", ...flags, "--out", `stopped-${flags.length}`);
  expect(code).toBe(0);
  const { stopped, steps, evalEpisodes } = JSON.parse(stdout);
  expect(stopped).toMatch(reason);
  expect(Math.floor(steps / 1000)).toBe(thousands);
  expect(evalEpisodes).toBe(100);
});

/** The policy's description, from the metadata of its file. */
function headerOf(path: string) {
  const bytes = readFileSync(path);
  const { __metadata__ } = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
  return JSON.parse(Object.values(__metadata__ as Record<string, string>).find((text) => text.startsWith("{")) ?? "{}");
}

/** After so many steps of an episode rewards are so large that the loss of values overflows. */
const overflowing = (steps: number) => `
import { Random, Vector } from "lanewise/lanes";
export const ID = "Overflow-v0";
export const TIME_LIMIT: i32 = 0;
export const OBSERVATION_LOW: f32[] = [-1];
export const OBSERVATION_HIGH: f32[] = [1];
export const ACTIONS: i32 = 2;
@lanes
@unmanaged
export class Physics {
  time: f32;
  reset(random: Random): void {
    this.time = 0;
  }
  step(action: Vector): f32 {
    this.time = this.time + 1;
    return this.time > ${steps} ? 1e30 : 1;
  }
  terminated(): bool {
    return false;
  }
  observe(observation: Vector): void {
    observation.set(0, 1);
  }
}
`;

describe("a run whose numbers are none any more", () => {
  /** An iteration is 128 steps in each of four environments. */
  const SETTINGS = ["--set", "hidden=8", "--set", "numEnvs=4", "--set", "epochs=1", "--json"];
  /** Each in a process of its own, because an environment's id can be given once. */
  const diverge = (module: string, out: string, ...flags: readonly string[]) =>
    separately("train", "ppo", `./${module}.wasm`, ...SETTINGS, ...flags, "--out", out);

  beforeAll(async () => {
    for (const [name, steps] of [
      ["third", 300],
      ["first", 100],
    ] as const) {
      writeFileSync(join(root, `${name}.ts`), overflowing(steps));
      expect((await lanewise("build", `${name}.ts`)).stderr).toBe("");
    }
  });

  it("ends with code 1, names the first of them, and keeps the last policy that was whole", async () => {
    const { code, stderr, stdout } = await diverge("third", "guarded", "--checkpoint-every", "512");
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/^lanewise: \w+ is (NaN|Infinity) after 1536 steps; the policy is the last that was whole$/m);
    expect(JSON.parse(stdout)).toMatchObject({ steps: 1536, stopped: expect.stringMatching(/after 1536 steps$/) });
    expect(headerOf(join(root, "guarded/policy.safetensors")).training.steps).toBeLessThan(1536);
    expect(readdirSync(join(root, "guarded/checkpoints")).toSorted()).toEqual(
      [1024, 512].map((steps) => `checkpoint-${steps}.safetensors`),
    );
    rmSync(join(root, "guarded/policy.safetensors"));
    const resumed = await separately("train", "--resume", "guarded", "--json");
    expect([resumed.code, resumed.stderr.split("\n").at(-2)]).toEqual([code, stderr.split("\n").at(-2)]);
    expect(headerOf(join(root, "guarded/policy.safetensors")).training.steps).toBe(1024);
  });

  it("is one of several seeds: each is given up by itself, and says so", async () => {
    const { code, stderr, stdout } = await diverge("third", "seeds", "--seeds", "2");
    expect(code, stderr).toBe(1);
    const said = [0, 1].map((seed) =>
      expect.stringMatching(
        new RegExp(`^lanewise: ppo, seed ${seed}: \\w+ is (NaN|Infinity) after 1536 steps; its policy is the last that was whole$`),
      ),
    );
    expect(stderr.split("\n")).toEqual([...said, ""]);
    for (const { dir, stopped, evalEpisodes } of JSON.parse(stdout).runs) {
      expect({ stopped, evalEpisodes }).toEqual({ stopped: expect.stringMatching(/after 1536 steps$/), evalEpisodes: 100 });
      expect(headerOf(join(root, dir, "policy.safetensors")).training.steps).toBeLessThan(1536);
    }
    const first = await diverge("first", "no-seeds", "--seeds", "2");
    expect(first.stderr).toMatch(/^lanewise: ppo, seed \d: .* in the first iteration; nothing was saved\n$/);
    expect([first.code, existsSync(join(root, "no-seeds"))]).toEqual([1, false]);
  });

  it("leaves nothing where that happens in the first iteration", async () => {
    const { code, stderr } = await diverge("first", "nothing");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^lanewise: .* in the first iteration; nothing was saved\n$/),
    });
    expect(existsSync(join(root, "nothing"))).toBe(false);
  });
});
