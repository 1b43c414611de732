/** The command line in processes of their own, to which something happens. Wants a fresh dist/: `npm test` builds first. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { loadPolicy, type Policy } from "../../src/policy/policy.js";

export const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
/** A run whose iterations take milliseconds. */
export const SMALL = ["train", "ppo", "CartPole-v1", "--set", "hidden=8", "--set", "epochs=1", "--json"];
/** Never ends by itself. */
export const ENDLESS = [...SMALL, "--steps", "1000000000"];

export interface Outcome {
  /** The exit code; null for a process that a signal ended. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that lasts as long as the tests of a file. */
export function temporaryFolder(): string {
  const root = mkdtempSync(join(tmpdir(), "lanewise-faults-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** @param hook a module of hooks/, with parameters for it in its query: "signal.mjs?at=…" */
export function start(cwd: string, args: readonly string[], hook?: string): ChildProcess {
  const imports = hook === undefined ? [] : ["--import", new URL(`hooks/${hook}`, import.meta.url).href];
  return spawn(process.execPath, [...imports, CLI, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
}

export function outcome(child: ChildProcess): Promise<Outcome> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name]?.setEncoding("utf8").on("data", (text) => (output[name] += text));
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, ...output })));
}

export function lanewise(cwd: string, args: readonly string[], hook?: string): Promise<Outcome> {
  return outcome(start(cwd, args, hook));
}

/** Runs a script of a shell, in which `$lanewise` is the command line. */
export function shell(cwd: string, script: string, run = ["sh", "-c"]): Promise<Outcome> {
  const [command = "", ...before] = run;
  const env = { ...process.env, lanewise: `${process.execPath} ${CLI}` };
  return outcome(spawn(command, [...before, script], { cwd, env, stdio: ["ignore", "pipe", "pipe"] }));
}

/** A shell that may mount file systems, which nobody else sees and which go with it. */
export const MOUNTING = ["unshare", "--map-root-user", "--mount", "sh", "-e", "-c"];

/** Why file systems can't be mounted here; undefined where they can. */
export function whyNoMounts(): string | undefined {
  const [command = "", ...before] = MOUNTING;
  const { status, stderr, error } = spawnSync(command, [...before, "mount -t tmpfs none /mnt"], { encoding: "utf8" });
  return status === 0 ? undefined : `no file system can be mounted here: ${error?.message ?? stderr.trim()}`;
}

/** Lines on stderr that aren't progress. */
export function complaints({ stderr }: Outcome): string[] {
  return stderr.split("\n").filter((line) => line !== "" && !/^ *\d+ % /.test(line));
}

export function resultOf({ stdout }: Outcome) {
  return JSON.parse(String(stdout.trimEnd().split("\n").at(-1)));
}

/** The metrics of a run's iterations; fails unless each line is whole. */
export function progressIn(folder: string): { readonly iteration: number; readonly seconds: number }[] {
  const lines = readFileSync(join(folder, "progress.jsonl"), "utf8").split("\n");
  if (lines.pop() !== "") throw new Error("the last line isn't whole");
  return lines.map((line) => {
    const { "time/iteration": iteration, "time/seconds": seconds } = JSON.parse(line);
    return { iteration, seconds };
  });
}

/** The policy that a run left; fails unless it is whole. */
export function policyIn(folder: string): Promise<Policy> {
  return loadPolicy(join(folder, "policy.safetensors"));
}
