/** Exports over observations of real rollouts. */
import { describe, expect, it } from "vitest";
import { EXPORT_FORMATS, exportPolicy } from "../../src/deploy/export.js";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import type { Policy } from "../../src/policy/policy.js";
import { samplePolicy } from "./samples.js";

/** What the policy saw in an episode or two: [steps, D]. */
async function recorded(policy: Policy, id: "CartPole-v1" | "Pendulum-v1", steps: number): Promise<Float32Array> {
  const env = await makeVec(environments[id], { numEnvs: 1 });
  const seen: number[] = [];
  let observation = env.reset(3) as Float32Array;
  for (let t = 0; t < steps; t++) {
    seen.push(...observation);
    const action = policy.actBatch(Float32Array.from(observation), { deterministic: false });
    observation = env.step(action as never).observation as Float32Array;
  }
  return Float32Array.from(seen);
}

const ROLLOUTS = [
  { id: "CartPole-v1", kind: "categorical" },
  { id: "Pendulum-v1", kind: "squashedGaussian" },
] as const;

describe.each(ROLLOUTS)("over a rollout of $id", ({ id, kind }) => {
  it.each(EXPORT_FORMATS)("%s acts as the policy does", async (format) => {
    const { observationSpace, actionSpace } = environments[id];
    const policy = await samplePolicy({ observationSpace, actionSpace, distribution: { kind }, isNormalised: true, limit: 10 });
    const observations = await recorded(policy, id, 200);
    const { parity } = await exportPolicy(policy, format, { observations });
    if (parity.unchecked === undefined) expect(parity.rows).toBe(264);
    expect(parity.difference).toBeLessThanOrEqual(1e-5);
  });
});
