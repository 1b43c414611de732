/** TensorFlow.js exports loaded by TensorFlow.js: each kind of policy acts there as it does here. */
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { box, discrete } from "../../src/core/spaces.js";
import { exportPolicy } from "../../src/deploy/export.js";
import { actedBy } from "../../src/deploy/parity.js";
import { planOf } from "../../src/deploy/plan.js";
import { decodePolicy } from "../../src/policy/format.js";
import { allSamples, largestDifference, observationsOf, samplePolicy } from "./samples.js";

const ROWS = 20;
/** Relative, for numbers above 1. Measured: 1.4e-6. */
const TOLERANCE = 1e-5;

/** Its normaliser becomes part of the first layer: nothing within the bounds reaches the limit. */
const folded = { observationSpace: box([-1, -1, -8], [1, 1, 8]), actionSpace: discrete(3), isNormalised: true, limit: 20 };
const samples = [
  ...(await allSamples()),
  {
    title: "categorical, normalised within its first layer",
    policy: await samplePolicy({ ...folded, distribution: { kind: "categorical" } }),
  },
];

describe("tf.loadLayersModel", () => {
  beforeAll(() => tf.setBackend("cpu"));

  it.each(samples)("takes a policy that is $title, and gives its logits or actions", async ({ policy }) => {
    const plan = planOf(await decodePolicy(await policy.bytes()));
    const data = observationsOf(plan, ROWS);
    const { outputs, actions } = actedBy(policy, plan, { rows: ROWS, data });
    const { files } = await exportPolicy(policy, "tfjs");
    const model = await tf.loadLayersModel(fromFiles(files));
    const indices = Array.from(data);
    const seen = plan.isIndex ? indices.flatMap((index) => Array.from({ length: plan.frameSize }, (_, i) => Number(i === index))) : indices;
    const output = model.predict(tf.tensor2d(seen, [ROWS, seen.length / ROWS])) as tf.Tensor;
    expect(output.shape).toEqual([ROWS, plan.actions]);
    expect(largestDifference(output.dataSync(), plan.vector ? actions : outputs)).toBeLessThanOrEqual(TOLERANCE);
    model.dispose();
  });
});

function fromFiles(files: ReadonlyMap<string, Uint8Array>): tf.io.IOHandler {
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(files.get("model.json")));
  const weightData = new Uint8Array(files.get("weights.bin") ?? []).buffer;
  return tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData });
}
