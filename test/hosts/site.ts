/** A folder with all that hosts load: exported policies with observations to act on, the page, and the worker. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type EnvironmentId, environments, exportPolicy, makeVec, type Policy, train } from "../../dist/index.js";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Indices by a softmax, and vectors from a squashed normal distribution. */
const POLICIES = [
  { algo: "ppo", env: "CartPole-v1", totalSteps: 2000, seed: 5 },
  { algo: "ppo", env: "Pendulum-v1", totalSteps: 2000, seed: 5 },
] as const;
const ROWS = 64;

export async function writeSite(folder: string): Promise<void> {
  const list = [];
  for (const options of POLICIES) {
    const run = train(options);
    for await (const _ of run);
    list.push(await writePolicy(join(folder, "policies", options.env), options.env, await run.policy()));
  }
  await write(join(folder, "policies/policies.json"), JSON.stringify(list));
  await write(join(folder, "index.html"), "<!doctype html><title>lanewise</title>");
  await bundle("page.mjs", join(folder, "page.js"));
  await bundle("worker.mjs", join(folder, "worker.js"));
  await cp(at("../../build"), join(folder, "build"), { recursive: true });
}

async function writePolicy(folder: string, env: EnvironmentId, policy: Policy) {
  const forms = { policy: "policy.safetensors", js: "policy.js", wasm: "wasm" } as const;
  for (const [format, path] of Object.entries(forms)) {
    const { files } = await exportPolicy(policy, format as keyof typeof forms);
    for (const [name, bytes] of files) await write(format === "wasm" ? join(folder, path, name) : join(folder, path), bytes);
  }
  const observations = await observed(env, policy);
  return { name: env, size: observations.length / ROWS, observations };
}

/** What one environment shows while the policy plays. */
async function observed(env: EnvironmentId, policy: Policy): Promise<number[]> {
  const lane = await makeVec(environments[env], { numEnvs: 1 });
  let observation = lane.reset(3);
  const seen: number[] = [];
  for (let t = 0; t < ROWS; t++) {
    seen.push(...observation);
    ({ observation } = lane.step(policy.actBatch(observation, { deterministic: false })));
  }
  return seen;
}

async function write(path: string, contents: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [at(entry)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "browser",
    external: NODE_ONLY,
    logLevel: "error",
  });
}

/** What is imported only in Node. */
const NODE_ONLY = ["node:*", "os", "path", "fs", "worker_threads", "perf_hooks"];
