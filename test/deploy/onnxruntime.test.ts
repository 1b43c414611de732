/** ONNX exports run by onnxruntime, a second implementation of the operators: each kind of policy acts there as it does here. */
import { createRequire } from "node:module";
import type * as Ort from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import { box, discrete } from "../../src/core/spaces.js";
import { exportPolicy } from "../../src/deploy/export.js";
import { readOnnx } from "../../src/deploy/onnx-reader.js";
import { actedBy } from "../../src/deploy/parity.js";
import { planOf } from "../../src/deploy/plan.js";
import { decodePolicy } from "../../src/policy/format.js";
import type { Policy } from "../../src/policy/policy.js";
import { allSamples, largestDifference, observationsOf, samplePolicy } from "./samples.js";

const ort: typeof import("onnxruntime-web") = createRequire(import.meta.url)("onnxruntime-web/wasm");

const ROWS = 33;
/** Of an output or action, relative to its size if that is above 1. */
const TOLERANCE = 1e-5;
/** What onnxruntime 1.16 takes at most (https://onnxruntime.ai/docs/reference/compatibility.html). */
const MOST_OPSET = 19;

const bounded = { observationSpace: box([-1, -1, -8], [1, 1, 8]), actionSpace: box([-0.5, -2, 0], [0.5, 6, 1]) };
const samples = [
  ...(await allSamples()),
  {
    title: "greedy, of rectified layers",
    policy: await samplePolicy({ ...bounded, actionSpace: discrete(7), distribution: { kind: "greedy" }, activation: "relu" }),
  },
  {
    title: "gaussian, its actions rescaled",
    policy: await samplePolicy({ ...bounded, distribution: { kind: "gaussian" }, rescaleAction: true }),
  },
  {
    title: "gaussian, some of its actions without bounds",
    policy: await samplePolicy({ ...bounded, actionSpace: box([-0.2, -Infinity], [Infinity, 0.1]), distribution: { kind: "gaussian" } }),
  },
  {
    title: "categorical over indices, two frames, normalised",
    policy: await samplePolicy({
      ...{ observationSpace: discrete(6), actionSpace: discrete(4), distribution: { kind: "categorical" } },
      ...{ frameStack: 2, isNormalised: true },
    }),
  },
];

describe("onnxruntime", () => {
  it.each(samples)("acts as a policy does that is $title", async ({ policy }) => {
    const { files } = await exportPolicy(policy, "onnx");
    const model = files.get("policy.onnx") as Uint8Array;
    expect(readOnnx(model).opset).toBeLessThanOrEqual(MOST_OPSET);
    const { wanted, got, shapes } = await actBoth(policy, model);
    const { actions, vector } = planOf(await decodePolicy(await policy.bytes()));
    expect(shapes).toEqual({ outputs: [ROWS, actions], actions: vector ? [ROWS, actions] : [ROWS] });
    expect(largestDifference(got.outputs, wanted.outputs)).toBeLessThanOrEqual(TOLERANCE); // Measured: 6.3e-7.
    if (vector) expect(largestDifference(got.actions, wanted.actions)).toBeLessThanOrEqual(TOLERANCE);
    else expect(Array.from(got.actions)).toEqual(Array.from(wanted.actions));
  });
});

async function actBoth(policy: Policy, model: Uint8Array) {
  const plan = planOf(await decodePolicy(await policy.bytes()));
  const width = plan.frames * plan.size;
  const data = observationsOf(plan, ROWS);
  const wanted = actedBy(policy, plan, { rows: ROWS, data });
  const session = await ort.InferenceSession.create(model);
  const observation = plan.isIndex
    ? new ort.Tensor("int64", BigInt64Array.from(data, BigInt), plan.frames > 1 ? [ROWS, plan.frames] : [ROWS])
    : new ort.Tensor("float32", data, [ROWS, width]);
  const results = await session.run({ observation });
  const [outputs, actions] = [results[plan.vector ? "mean" : "logits"], results["action"]] as [Ort.Tensor, Ort.Tensor];
  await session.release();
  return {
    wanted,
    got: { outputs: numbersOf(outputs), actions: numbersOf(actions) },
    shapes: { outputs: outputs.dims, actions: actions.dims },
  };
}

function numbersOf({ data }: Ort.Tensor): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number);
}
