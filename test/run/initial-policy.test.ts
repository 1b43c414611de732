/** Runs that begin with the parameters of an earlier policy. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodePolicy } from "../../src/policy/format.js";
import type { Policy } from "../../src/policy/policy.js";
import { type TrainOptions, train } from "../../src/run/train.js";

const SMALL = { hidden: [8, 8], numEnvs: 4, steps: 32, batchSize: 64, epochs: 2, totalSteps: 512, seed: 1 } as const;
/** Nothing is learned: what is exported is what the run began with. */
const FROZEN = { ...SMALL, learningRate: 0, totalSteps: 1, seed: 2 } as const;

async function learned(options: TrainOptions): Promise<Policy> {
  const run = train(options);
  for await (const _ of run);
  return run.policy();
}

async function tensorsOf(policy: Policy): Promise<Record<string, number[]>> {
  const { tensors } = await decodePolicy(await policy.bytes());
  return Object.fromEntries([...tensors].map(([name, { data }]) => [name, Array.from(data)]));
}

describe.each(["wasm", "cpu"] as const)("on %s", (backend) => {
  it.each(["CartPole-v1", "Pendulum-v1"] as const)("a run on %s begins with what the other one ended with", async (env) => {
    const first = await learned({ ...SMALL, algo: "ppo", env, backend });
    const second = await learned({ ...FROZEN, algo: "ppo", env, backend, initialPolicy: first });
    expect(await tensorsOf(second)).toEqual(await tensorsOf(first));
    expect(await tensorsOf(await learned({ ...FROZEN, algo: "ppo", env, backend }))).not.toEqual(await tensorsOf(first));
  });

  it("it acts on them from the first step, and learns on", async () => {
    const env = "CartPole-v1" as const;
    const first = await learned({ ...SMALL, algo: "ppo", env, backend, totalSteps: 4096, learningRate: 3e-3 });
    const means: number[] = [];
    for (const initialPolicy of [first, undefined]) {
      const run = train({ ...SMALL, algo: "ppo", env, backend, steps: 256, totalSteps: 1, ...(initialPolicy && { initialPolicy }) });
      for await (const m of run) means.push(m.meanLength);
      expect(await tensorsOf(await run.policy())).not.toEqual(await tensorsOf(first));
    }
    expect(means[0]).toBeGreaterThan(1.5 * (means[1] as number)); // measured: 48 against 22
  });
});

it("another algorithm goes on from it, and targets and copies begin with it too", async () => {
  const first = await learned({ ...SMALL, algo: "ppo", env: "CartPole-v1" });
  const second = await learned({ algo: "a2c", env: "CartPole-v1", hidden: [8, 8], learningRate: 0, totalSteps: 1, initialPolicy: first });
  expect(await tensorsOf(second)).toEqual(await tensorsOf(first));
  const options = { ...SMALL, algo: "off-policy-pg", env: "CartPole-v1", epochs: 1, totalSteps: 1 } as const;
  for await (const { approxKl } of train({ ...options, initialPolicy: first })) expect(approxKl).toBe(0); // what acts is what learns
});

it("a file, its name and its bytes serve as well as the policy; the run's configuration says which it was", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lanewise-initial-"));
  const first = await learned({ ...SMALL, algo: "ppo", env: "CartPole-v1" });
  const [path, bytes] = [join(folder, "policy.safetensors"), await first.bytes()];
  writeFileSync(path, bytes);
  const names: unknown[] = [];
  for (const initialPolicy of [path, bytes, first]) {
    const run = train({ ...FROZEN, algo: "ppo", env: "CartPole-v1", initialPolicy });
    for await (const _ of run);
    expect(await tensorsOf(await run.policy())).toEqual(await tensorsOf(first));
    names.push(run.config.initialPolicy);
  }
  expect(names).toEqual([path, "a file in memory", first.sha256]);
  expect(train({ ...FROZEN, algo: "ppo", env: "CartPole-v1" }).config).not.toHaveProperty("initialPolicy");
  rmSync(folder, { recursive: true });
});

it("observations are normalised as the policy knew them, and its statistics are not forgotten", async () => {
  const options = { ...SMALL, algo: "ppo", env: "CartPole-v1", normalizeObservation: true } as const;
  const first = await learned({ ...options, totalSteps: 100_096, epochs: 1, steps: 256, batchSize: 1024 });
  const second = await learned({ ...options, ...FROZEN, initialPolicy: first, steps: 1, batchSize: 4 });
  const [before, after] = [await tensorsOf(first), await tensorsOf(second)];
  const changes = (name: string) => (after[name] ?? []).map((x, i) => Math.abs(x / (before[name]?.[i] as number) - 1));
  // Eight observations more among 100,000, each some deviations away at most. Measured: 1.4e-5 to 4e-5.
  for (const change of changes("observation.scale")) {
    expect(change).toBeLessThan(1e-3);
    expect(change).toBeGreaterThan(0);
  }
});

describe("a policy is refused, before anything is learned,", () => {
  const refusal = (options: TrainOptions) =>
    learned(options).then(
      () => "nothing was refused",
      (error: Error) => `${error.name}: ${error.message}`,
    );
  const layers = (first: string) => `${first}.0.weight (tanh), ${first}.1.weight (tanh), actor.2.weight (linear)`;

  it.each<[what: string, options: object, given: string, own: string]>([
    ["of other widths", { hidden: [8, 9] }, "actor.1.weight is [8,8]", "[8,9]"],
    ["of more layers", { hidden: [8] }, "actor.1.weight is [8,8]", "[8,2]"],
    ["with another activation", { activation: "relu" }, `actor is ${layers("actor")}`, layers("actor").replaceAll("tanh", "relu")],
    ["without a shared trunk", { sharedTrunk: true }, `actor is ${layers("actor")}`, layers("trunk")],
    ["of other observations", { env: "Pendulum-v1" }, "actor.0.weight is [4,8]", "[3,8]"],
    ["of single frames", { frameStack: 2 }, "actor.0.weight is [4,8]", "[8,8]"],
    ["that saw observations as they are", { normalizeObservation: true }, "normalizeObservation is false", "true"],
  ])("%s", async (_, options, given, own) => {
    const initialPolicy = await learned({ ...SMALL, algo: "ppo", env: "CartPole-v1" });
    const message = await refusal({ ...FROZEN, algo: "ppo", env: "CartPole-v1", ...options, initialPolicy });
    expect(message).toBe(`UsageError: the initial policy's ${given}, this run's is ${own}; both need the same network`);
  });

  it("whose actions mean something else", async () => {
    const initialPolicy = await learned({ ...SMALL, algo: "ppo", env: "Pendulum-v1", rescaleAction: true });
    const message = await refusal({ ...FROZEN, algo: "ppo", env: "Pendulum-v1", initialPolicy });
    expect(message).toBe("UsageError: the initial policy's rescaleAction is true, this run's is false; both need the same network");
  });

  it("by an algorithm that learns no network", async () => {
    const options = { algo: "q-learning", env: "FrozenLake-v1", totalSteps: 1000 } as const;
    const message = await refusal({ ...options, initialPolicy: await learned(options) });
    expect(message).toBe("UsageError: q-learning learns no network that could begin with the parameters of a policy");
  });

  it("that isn't there, or is none", async () => {
    const options = { ...FROZEN, algo: "ppo", env: "CartPole-v1" } as const;
    expect(await refusal({ ...options, initialPolicy: "nowhere.safetensors" })).toBe(
      "UsageError: there is no policy file nowhere.safetensors",
    );
    expect(await refusal({ ...options, initialPolicy: new Uint8Array(20) })).toMatch(/^PolicyFormatError: /);
  });
});
