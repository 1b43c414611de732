/** The command line, as a shell sees it: in processes where these matter, else in this one. Wants a fresh dist/: `npm test` builds first. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../src/core/version.js";
import { commandLine, type Outcome } from "./oracle/command-line.js";

const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
/** A network and a run so small that a training takes about a second. */
const SMALL = ["train", "ppo", "CartPole-v1", "--set", "hidden=8", "--set", "epochs=1"];
const ALL_FILES = ["config.json", "curve.svg", "policy.safetensors", "progress.jsonl", "result.json"];

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "lanewise-cli-"));
});
afterAll(() => rmSync(root, { recursive: true }));

function start(args: readonly string[], cwd = root): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
}

function outcome(child: ChildProcess): Promise<Outcome> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name]?.setEncoding("utf8").on("data", (text) => (output[name] += text));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...output })));
}

const lanewise = (args: readonly string[], cwd = root) => outcome(start(args, cwd));

/** Settles when the process has written this to stderr. */
function says(child: ChildProcess, text: string): Promise<void> {
  let heard = "";
  return new Promise((resolve) => {
    child.stderr?.on("data", (chunk) => {
      heard += chunk;
      if (heard.includes(text)) resolve();
    });
  });
}

function lastJson({ stdout }: Outcome) {
  return JSON.parse(String(stdout.trimEnd().split("\n").at(-1)));
}

function expectRefusal({ code, stdout, stderr }: Outcome, message: string | RegExp): void {
  expect(stderr).toMatch(/^lanewise: .+\n$/);
  expect(stderr).toMatch(message);
  expect(stdout).toBe("");
  expect(code).toBe(2);
}

describe("what it knows", () => {
  test.each([[["--help"]], [["train", "--help"]], [["eval", "--help"]]])("%j tells how to use it", async (args) => {
    const { code, stdout, stderr } = await commandLine(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: lanewise /);
  });

  test("--version prints the version", async () => {
    expect(await lanewise(["--version"])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
  });

  test("envs lists the environments", async () => {
    const [text, json] = [await commandLine(["envs"]), await commandLine(["envs", "--json"])];
    expect(text.stdout).toMatch(/^CartPole-v1 +Box\(.*Discrete\(2\) +500 +475 +Gymnasium 1\.4\.0, every recorded step$/m);
    const [first] = JSON.parse(json.stdout);
    expect(first).toMatchObject({ id: "CartPole-v1", timeLimit: 500, rewardThreshold: 475 });
    expect(first.observationSpace.high.map(Number)).toContain(Infinity);
  });

  test("algos lists the algorithms, and one with its options", async () => {
    const [list, text] = [await commandLine(["algos"]), await commandLine(["algos", "ppo"])];
    const json = await commandLine(["algos", "--json"]);
    expect(list.stdout).toMatch(/^ppo +Proximal policy optimisation +Schulman et al\. 2017/m);
    expect(text.stdout).toMatch(/^ {2}hidden +64,64 +positive integers/m);
    const ppo = JSON.parse(json.stdout).find(({ id }: { id: string }) => id === "ppo");
    const gamma = { name: "gamma", default: 0.99, range: "a number from 0 to 1", doc: expect.any(String) };
    expect(ppo.options).toContainEqual(gamma);
  });
});

describe("bad input ends with one line, code 2 and nothing left behind", () => {
  const train = (...more: string[]) => ["train", "ppo", "CartPole-v1", ...more];
  test.each<[args: string[], message: string | RegExp]>([
    [[], "no command; known are: train, eval, compare, envs, algos"],
    [["nonsense"], 'unknown command "nonsense"; known are: train'],
    [["--nonsense"], "unknown option '--nonsense'"],
    [["train"], "name an algorithm and an environment"],
    [train("more"), "too many arguments"],
    [train("--stesp", "4"), "Did you mean --steps"],
    [["train", "foo\nbar", "CartPole-v1"], /unknown algorithm "foo bar"; known are: .*ppo/],
    [["train", "ppo", "Foo-v0"], /unknown environment "Foo-v0"; known are: .*CartPole-v1/],
    [train("--steps", "0"), '--steps is an integer of at least 1, not "0"'],
    [train("--steps", "1.5"), '--steps is an integer of at least 1, not "1.5"'],
    [train("--steps", "-5"), '--steps is an integer of at least 1, not "-5"'],
    [train("--steps", ""), '--steps is an integer of at least 1, not ""'],
    [train("--seed", "-1"), '--seed is an integer from 0 to 4294967295, not "-1"'],
    [train("--seed", "x"), '--seed is an integer from 0 to 4294967295, not "x"'],
    [train("--backend", "gpu"), "Allowed choices are wasm, webgpu, cpu"],
    [train("--set", "gamma"), '--set takes key=value, not "gamma"'],
    [train("--set", "=1"), '--set takes key=value, not "=1"'],
    [train("--set", "seed=3"), "use --seed"],
    [train("--set", "gama=0.9"), /ppo has no option "gama"; it has: .*gamma/],
    [train("--set", "gamma=7"), "option gamma of ppo is a number from 0 to 1"],
    [train("--set", "batchSize=77"), "77 does not divide"],
    [train("--out", ""), "output folder is empty"],
    [train("--out", "/dev/null/a/b"), "cannot write to /dev/null/a/b"],
    [train("--from", "nowhere"), "there is no folder nowhere"],
    [train("--from", "."), "holds no policy.safetensors"],
    [train("--log", "csv,xml"), 'unknown log "xml"; known are: csv, tensorboard'],
    [train("--eval-every", "0"), "--eval-every is an integer of at least 1"],
    [train("--stop-at", "much"), "--stop-at is a number"],
    [train("--patience", "3"), "give --eval-every too"],
    [train("--seeds", "2", "--log", "csv"), "--seeds doesn't go with --log"],
    [train("--set", "initialPolicy=x"), "use --from"],
    [["algos", "nope"], /unknown algorithm "nope"; known are: .*ppo/],
    [["eval", "nowhere"], "there is no folder nowhere"],
    [["eval", "."], "holds no policy.safetensors"],
    [["eval", ".", "--episodes", "0"], "--episodes is an integer from 1 to 1000000"],
    [["eval", ".", "--seed", "0.5"], "--seed is an integer"],
  ])("lanewise %j", async (args, message) => {
    const cwd = mkdtempSync(join(root, "bad-"));
    expectRefusal(await commandLine(args, cwd), message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.concurrent.each([[["nonsense"]], [["--nonsense"]], [train("--steps", "0")], [["eval", "."]]])(
    "lanewise %j, in a process of its own",
    async (args) => expectRefusal(await lanewise(args), ""),
  );

  test("a folder that holds a run, or in which a process works, stays as it is", async () => {
    for (const [name, file, content] of [
      ["full", "result.json", "{}"],
      ["busy", ".lock", `${process.pid}\n`],
    ] as const) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, file), content);
      expectRefusal(await lanewise(train("--out", name)), name === "full" ? "holds a run already" : `in use by process ${process.pid}`);
      expect(readdirSync(join(root, name))).toEqual([file]);
      expect(readFileSync(join(root, name, file), "utf8")).toBe(content);
    }
  });
});

describe("a training", () => {
  let cwd = "";
  let run: Outcome;
  beforeAll(async () => {
    cwd = mkdtempSync(join(root, "train-"));
    run = await lanewise([...SMALL, "--steps", "1024", "--seed", "7", "--json"], cwd);
  });
  const read = (name: string) => readFileSync(join(cwd, "runs/ppo_CartPole-v1_7", name), "utf8");

  test("ends with one JSON object on stdout, progress on stderr and code 0", () => {
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/^100 % .* steps\/s {2}mean return .* left$/m);
    expect(run.stdout.trimEnd().split("\n")).toHaveLength(1);
    const { wallSeconds, ...rest } = lastJson(run);
    expect(wallSeconds).toBeGreaterThan(0);
    expect(rest).toEqual({
      algo: "ppo",
      env: "CartPole-v1",
      seed: 7,
      steps: 1024,
      stepsPerSecond: 1024 / wallSeconds,
      evalMeanReturn: expect.any(Number),
      evalStdReturn: expect.any(Number),
      evalEpisodes: 100,
      weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      dir: "runs/ppo_CartPole-v1_7",
    });
  });

  test("leaves its configuration, progress, policy, result and curve", () => {
    expect(readdirSync(join(cwd, "runs/ppo_CartPole-v1_7")).sort()).toEqual(ALL_FILES);
    const config = {
      algo: "ppo",
      env: "CartPole-v1",
      seed: 7,
      totalSteps: 1024,
      backend: "wasm",
      host: { lanewise: VERSION, node: process.version, cpu: expect.any(String), cores: expect.any(Number) },
    };
    expect(JSON.parse(read("config.json"))).toMatchObject({ ...config, options: { hidden: [8], epochs: 1 } });
    expect(JSON.parse(read("result.json"))).toEqual(lastJson(run));
    const iterations = read("progress.jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(iterations.map(({ "time/iteration": iteration }) => iteration)).toEqual(iterations.map((_, i) => i + 1));
    expect(iterations.at(-1)?.steps).toBe(1024);
    expect(read("curve.svg")).toContain("environment steps");
  });

  test("is found as good by eval as by itself", async () => {
    const { wallSeconds, stepsPerSecond, ...rest } = lastJson(run);
    expect(lastJson(await lanewise(["eval", rest.dir, "--json"], cwd))).toEqual(rest);
    const other = await commandLine(["eval", rest.dir, "--episodes", "3", "--seed", "5"], cwd);
    expect(other.stdout).toMatch(/^ppo on CartPole-v1: mean return \S+ ± \S+ over 3 episodes\n$/);
  });

  test("that is repeated gets a folder of its own and learns the same", async () => {
    const again = await lanewise([...SMALL, "--steps", "1024", "--seed", "7"], cwd);
    expect(again.stdout).toMatch(/saved in runs\/ppo_CartPole-v1_7-2\n$/);
    const second = readFileSync(join(cwd, "runs/ppo_CartPole-v1_7-2/result.json"), "utf8");
    expect(JSON.parse(second).weightsSha256).toBe(lastJson(run).weightsSha256);
  });

  test("gives its policy to another one to begin with, if that has the same network", async () => {
    const { dir, weightsSha256 } = lastJson(run);
    const frozen = [...SMALL, "--set", "learningRate=0", "--steps", "1", "--from", dir];
    const second = await lanewise([...frozen, "--out", "second", "--json"], cwd);
    expect(lastJson(second).weightsSha256).toBe(weightsSha256);
    const config = JSON.parse(readFileSync(join(cwd, "second/config.json"), "utf8"));
    expect(config.initialPolicy).toBe(join(realpathSync(cwd), dir, "policy.safetensors"));

    expectRefusal(
      await commandLine([...frozen, "--set", "hidden=9", "--out", "third"], cwd),
      "actor.0.weight is [4,8], this run's is [4,9]",
    );
    expect(existsSync(join(cwd, "third"))).toBe(false);
  });

  test.each(["cut short", "altered"])("whose policy file was %s is refused by eval", async (damage) => {
    const bytes = readFileSync(join(cwd, "runs/ppo_CartPole-v1_7/policy.safetensors"));
    const folder = join(cwd, damage);
    mkdirSync(folder);
    const flipped = Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
    writeFileSync(join(folder, "policy.safetensors"), damage === "altered" ? flipped : bytes.subarray(0, -1));
    expectRefusal(await commandLine(["eval", damage], cwd), "policy.safetensors: ");
  });
});

describe("a signal", () => {
  const endless = (out: string) => [...SMALL, "--steps", "1000000000", "--out", out, "--json"];

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s stops and saves", async (signal, code) => {
    const child = start(endless(signal));
    const ended = outcome(child);
    await says(child, "mean return");
    child.kill(signal);
    const result = await ended;
    expect(result.stderr).toContain(`${signal}: stopping and saving`);
    expect(result.code).toBe(code);
    expect(lastJson(result)).not.toHaveProperty("evalMeanReturn");
    expect(readdirSync(join(root, signal)).sort()).toEqual(ALL_FILES);
    expect((await commandLine(["eval", signal, "--episodes", "3"], root)).code).toBe(0);
  });

  test("that comes twice ends the process at once, without a lock or half a file", async () => {
    const child = start(endless("twice"));
    const ended = outcome(child);
    await says(child, "mean return");
    child.kill("SIGINT");
    await says(child, "SIGINT");
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect(existsSync(join(root, "twice/result.json"))).toBe(false);
    expect(readdirSync(join(root, "twice")).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
