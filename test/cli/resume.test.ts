/** `lanewise train --resume`, as a shell sees it; kill.test.ts kills. Wants a fresh dist/: `npm test` builds first. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine, type Outcome } from "../oracle/command-line.js";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const RUN = ["train", "ppo", "CartPole-v1", "--set", "hidden=8", "--set", "epochs=1", "--checkpoint-every", "2048", "--json"];

const root = mkdtempSync(join(tmpdir(), "lanewise-resume-"));
afterAll(() => rmSync(root, { recursive: true }));

/** @param stopAfter asks it to stop once it has said this on stderr */
function lanewise(args: readonly string[], stopAfter?: string): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  if (stopAfter !== undefined) {
    const listen = () => {
      if (!output.stderr.includes(stopAfter)) return;
      child.stderr.off("data", listen);
      child.kill("SIGTERM");
    };
    child.stderr.on("data", listen);
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...output })));
}

const resultOf = ({ stdout }: Outcome) => JSON.parse(stdout);
const progress = (folder: string) =>
  readFileSync(join(root, folder, "progress.jsonl"), "utf8")
    .trimEnd()
    .split("\n");

/** A run that was stopped, and the outcome of one that wasn't. */
let whole: Outcome;
beforeAll(async () => {
  const stopped = await lanewise([...RUN, "--steps", "2000000", "--out", "stopped"], "steps/s");
  expect(stopped.code).toBe(143);
  cpSync(join(root, "stopped"), join(root, "tried"), { recursive: true });
  whole = await lanewise([...RUN, "--steps", "8192", "--out", "whole"]);
}, 180_000);

describe("a run", () => {
  it("that was stopped has left a checkpoint, and says in its folder how it was started", () => {
    const steps = JSON.parse(progress("stopped").at(-1) as string).steps;
    expect(readdirSync(join(root, "stopped/checkpoints"))).toContain(`checkpoint-${steps}.safetensors`);
    const { checkpoint } = JSON.parse(readFileSync(join(root, "stopped/config.json"), "utf8"));
    expect(checkpoint).toEqual({ every: 2048, keep: 3, saveReplay: 256 });
  });

  it("goes on from a damaged checkpoint's predecessor, with all that it reported, and ends as if nothing had happened", async () => {
    cpSync(join(root, "whole"), join(root, "hurt"), { recursive: true });
    for (const name of ["result.json", "curve.svg", "policy.safetensors"]) rmSync(join(root, "hurt", name));
    writeFileSync(join(root, "hurt/checkpoints/checkpoint-8192.safetensors"), "damaged");
    const resumed = await lanewise(["train", "--resume", "hurt", "--json"]);
    expect(resumed.stderr).toMatch(
      /^lanewise: checkpoint-8192\.safetensors is damaged \(.*\); going on from checkpoint-6144\.safetensors$/m,
    );
    expect(resultOf(resumed)).toMatchObject({ steps: 8192, weightsSha256: resultOf(whole).weightsSha256, dir: "hurt" });
    const timeless = (line: string) => ({ ...JSON.parse(line), "time/seconds": 0, "time/stepsPerSecond": 0 });
    expect(progress("hurt").map(timeless)).toEqual(progress("whole").map(timeless));
    expect(readdirSync(join(root, "hurt")).toSorted()).toEqual(readdirSync(join(root, "whole")).toSorted());
  });
});

describe("--resume", () => {
  it.each([
    ["with another seed", ["--seed", "3"], /is a?.*another configuration: seed \(0 there, 3 here\)/],
    ["with another option", ["--set", "gamma=0.5"], /another configuration: gamma \(0.98 there, 0.5 here\)/],
    ["with another algorithm", ["a2c", "CartPole-v1"], /another run: algo \("ppo" there, "a2c" here\)/],
    ["with another interval", ["--checkpoint-every", "1"], /tried is a run with --checkpoint-every 2048, not 1; leave the flag away/],
    ["with a folder to write to", ["--out", "elsewhere"], /--resume goes on in the folder of the run; leave --out away/],
  ])("is refused %s", async (_, args, message) => {
    const { code, stdout, stderr } = await commandLine(["train", "--resume", "tried", ...args], root);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^lanewise: .+\n$/);
    expect(stderr).toMatch(message);
  });

  it("is refused where there is nothing to resume: no run, one that is over, one without checkpoints", async () => {
    mkdirSync(join(root, "empty"));
    mkdirSync(join(root, "plain"));
    const { checkpoint: _, ...config } = JSON.parse(readFileSync(join(root, "whole/config.json"), "utf8"));
    writeFileSync(join(root, "plain/config.json"), JSON.stringify(config));
    for (const [folder, message] of [
      ["empty", "empty holds no run to resume (there is no config.json); start one with --out empty"],
      ["whole", "whole is a run that came to its end; there is nothing to resume"],
      ["plain", "plain is a run without checkpoints; only one that was started with --checkpoint-every can be resumed"],
    ] as const) {
      expect(await commandLine(["train", "--resume", folder], root)).toEqual({ code: 2, stdout: "", stderr: `lanewise: ${message}\n` });
    }
  });
});
