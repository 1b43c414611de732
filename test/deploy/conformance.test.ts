/**
 * Every algorithm that yields a policy, on each kind of environment that it takes: trained briefly, exported to every format, and each export
 * compared with what was trained. Formats that compute by the kernels have its bits, sampled actions too.
 */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { EXPORT_FORMATS, type ExportFormat, exportPolicy } from "../../src/deploy/export.js";
import { actedBy } from "../../src/deploy/parity.js";
import { planOf } from "../../src/deploy/plan.js";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { decodePolicy } from "../../src/policy/format.js";
import type { Policy } from "../../src/policy/policy.js";
import { type TrainOptions, train } from "../../src/run/train.js";
import { IDS, optionsOf, servedBy } from "../algos/small-runs.js";

const hasCompiler = ["cc", "gcc"].some((name) => spawnSync(name, ["--version"]).status === 0);
const BIT_EQUAL: readonly ExportFormat[] = ["policy", "js", "wasm"];
/** Of outputs and actions, relative to their size if that is above 1. Measured: 2e-7. */
const TOLERANCE = 5e-6;

async function trained(options: TrainOptions): Promise<Policy> {
  const training = train(options);
  for await (const _ of training);
  return training.policy();
}

async function expectAlike(policy: Policy, format: ExportFormat): Promise<void> {
  const { parity } = await exportPolicy(policy, format);
  expect(parity.unchecked).toBeUndefined();
  expect(parity.rows).toBeGreaterThanOrEqual(64);
  expect(parity.difference).toBeLessThanOrEqual(BIT_EQUAL.includes(format) ? 0 : TOLERANCE);
}

describe.each(IDS)("%s", (algo) => {
  it.each(servedBy(algo).map((env) => [env.id, env] as const))("on %s: every export acts as what was trained", async (_, env) => {
    const policy = await trained(optionsOf(algo, env));
    expect(policy.header).toMatchObject({ algorithm: algo, environment: env.id });
    for (const format of EXPORT_FORMATS) if (format !== "c") await expectAlike(policy, format);
  });

  // Compiling takes longer than all else: one policy for each algorithm.
  it.skipIf(!hasCompiler)("as a header in C, where there is a compiler", async () => {
    const [env] = servedBy(algo);
    if (env) await expectAlike(await trained(optionsOf(algo, env)), "c");
  });
});

const REMEMBERING = {
  steps: 16,
  numEnvs: 4,
  batchSize: 32,
  hidden: [8],
  totalSteps: 128,
  frameStack: 3,
  normalizeObservation: true,
} as const;

describe("a policy that remembers", () => {
  const cartPole = { algo: "ppo", env: environments["CartPole-v1"], ...REMEMBERING } as const;
  const pendulum = { algo: "ppo", env: environments["Pendulum-v1"], ...REMEMBERING, rescaleAction: true } as const;

  it.each([cartPole, pendulum])("acts alike in every format ($env.id)", async (options) => {
    const policy = await trained(options as TrainOptions);
    expect(policy.header.frameStack).toBe(3);
    for (const format of EXPORT_FORMATS) if (format !== "c" || hasCompiler) await expectAlike(policy, format);
  });

  it("forgets by reset(): an episode goes as the first one went, and not as it would go on", async () => {
    const policy = await trained(pendulum as TrainOptions);
    const env = await makeVec(environments["Pendulum-v1"], { numEnvs: 1 });
    const episode = () => {
      const actions: number[] = [];
      let observation = env.reset(5);
      for (let t = 0; t < 6; t++) {
        const action = policy.act(observation) as Float32Array;
        actions.push(action[0] as number);
        ({ observation } = env.step(action));
      }
      return actions;
    };
    const first = episode();
    expect(episode()).not.toEqual(first);
    policy.reset();
    expect(episode()).toEqual(first);
  });

  it("sees what it was trained to see: its logits of whole stacks are those it acts by", async () => {
    const policy = await trained(cartPole as TrainOptions);
    const plan = planOf(await decodePolicy(await policy.bytes()));
    const data = Float32Array.from({ length: 8 * 12 }, (_, i) => Math.sin(i));
    const { outputs, actions } = actedBy(policy, plan, { rows: 8, data });
    expect(Array.from(actions)).toEqual(
      Array.from({ length: 8 }, (_, row) => ((outputs[2 * row + 1] as number) > (outputs[2 * row] as number) ? 1 : 0)),
    );
  });
});
