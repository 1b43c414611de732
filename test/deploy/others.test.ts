/** Exports over observations of real rollouts, and in the hands of TensorFlow.js. */
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { box, discrete, type Space } from "../../src/core/spaces.js";
import { EXPORT_FORMATS, exportPolicy } from "../../src/deploy/export.js";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import type { Policy } from "../../src/policy/policy.js";
import { noise } from "../policy/samples.js";
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

describe("TensorFlow.js", () => {
  beforeAll(() => tf.setBackend("cpu"));
  const bounded = box([-1, -1, -8], [1, 1, 8]);
  const unbounded = box([-Infinity, 0, -1], [Infinity, Infinity, 1]);
  const vectors = box([-0.5, -2], [0.5, 6]);
  const cases: [title: string, observationSpace: Space, kind: "categorical" | "gaussian" | "squashedGaussian"][] = [
    ["logits, the normaliser in the first layer", bounded, "categorical"],
    ["clipped actions, the normaliser before the first layer", unbounded, "gaussian"],
    ["rescaled actions", bounded, "squashedGaussian"],
    ["logits of indices", discrete(4), "categorical"],
  ];

  it.each(cases)("loads a model that gives %s", async (_, observationSpace, kind) => {
    const actionSpace = kind === "categorical" ? discrete(3) : vectors;
    const policy = await samplePolicy({ observationSpace, actionSpace, distribution: { kind }, isNormalised: true });
    const { files } = await exportPolicy(policy, "tfjs");
    const model = await tf.loadLayersModel(fromFiles(files));
    const rows = observationSpace.kind === "discrete" ? 4 : 20;
    const observations = observationSpace.kind === "discrete" ? Float32Array.from([0, 1, 2, 3]) : noise(3 * rows, 9);
    const input = observationSpace.kind === "discrete" ? tf.eye(4) : tf.tensor2d(observations, [rows, 3]);
    const output = (model.predict(input as tf.Tensor) as tf.Tensor).dataSync();
    const wanted = actionSpace.kind === "discrete" ? policy.logits(observations) : policy.actBatch(observations);
    expect(output.length).toBe(wanted.length);
    // Measured: 1.5e-6, for actions up to 6.
    for (const [i, value] of wanted.entries()) expect(Math.abs((output[i] as number) - value)).toBeLessThan(1e-5);
    model.dispose();
  });
});

function fromFiles(files: ReadonlyMap<string, Uint8Array>): tf.io.IOHandler {
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(files.get("model.json")));
  const weightData = new Uint8Array(files.get("weights.bin") ?? []).buffer;
  return tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData });
}
