/** Operators of imported models against onnxruntime's, which runs the same files. */
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { importPolicy } from "../../src/run/import.js";
import { noise } from "../policy/samples.js";
import { model, type Node } from "./models.js";
import { largestDifference } from "./samples.js";

const ort: typeof import("onnxruntime-web") = createRequire(import.meta.url)("onnxruntime-web/wasm");

const ROWS = 16;
/** Relative, for numbers above 1. Measured: 2.4e-7. */
const TOLERANCE = 1e-5;

const constants = {
  first: [[4, 6], noise(24, 2)],
  turned: [[6, 4], noise(24, 3)],
  last: [[6, 2], noise(12, 4)],
  bias: [[6], noise(6, 5)],
  row: [[1, 6], noise(6, 6)],
  inputs: [[4], noise(4, 7).map((x) => x + 2)],
  outputs: [[2], noise(2, 8)],
  half: [[], [0.5]],
  low: [[], [-0.7]],
  high: [[], [0.7]],
} as const;
const first: Node = ["MatMul", ["x", "first"], "h"];
const last = (input: string): Node => ["MatMul", [input, "last"], "logits"];

const MODELS: readonly [title: string, nodes: readonly Node[]][] = [
  ["Gemm with factors", [["Gemm", ["x", "first", "bias"], "h", { alpha: 0.3, beta: 1.7 }], last("h")]],
  ["Gemm of turned weights", [["Gemm", ["x", "turned"], "h", { transB: 1 }], last("h")]],
  ["Gemm with a row of biases", [["Gemm", ["x", "first", "row"], "h"], ["Tanh", ["h"], "t"], last("t")]],
  ["turned constants", [["Transpose", ["turned"], "w"], ["MatMul", ["x", "w"], "h"], ["Relu", ["h"], "t"], last("t")]],
  ["sums", [first, ["Add", ["bias", "h"], "a"], ["Relu", ["a"], "t"], last("t")]],
  ["differences, either way round", [first, ["Sub", ["h", "bias"], "a"], ["Sub", ["half", "a"], "b"], ["Relu", ["b"], "t"], last("t")]],
  ["products and quotients", [["Div", ["x", "inputs"], "a"], ["Mul", ["half", "a"], "x2"], ["MatMul", ["x2", "first"], "h"], last("h")]],
  ["signs turned", [first, ["Neg", ["h"], "n"], ["Relu", ["n"], "t"], last("t")]],
  ["sigmoids between layers", [first, ["Sigmoid", ["h"], "t"], last("t")]],
  ["scaling after an activation", [first, ["Tanh", ["h"], "t"], ["Mul", ["t", "bias"], "m"], ["Add", ["m", "half"], "n"], last("n")]],
  [
    "normalised and clipped observations",
    [["Sub", ["x", "inputs"], "a"], ["Clip", ["a", "low", "high"], "c"], ["MatMul", ["c", "first"], "h"], last("h")],
  ],
  [
    "what changes nothing",
    [
      ["Flatten", ["x"], "f"],
      ["Identity", ["f"], "i"],
      ["Cast", ["i"], "c", { to: 1 }],
      ["Dropout", ["c"], "d"],
      ["MatMul", ["d", "first"], "h"],
      last("h"),
    ],
  ],
  ["layers without activations", [first, last("h"), ["Add", ["logits", "outputs"], "z"]]],
];

describe("an imported model", () => {
  it.each(MODELS)("with %s gives what onnxruntime gives", async (_, nodes) => {
    const used = new Set(nodes.flatMap(([, inputs]) => inputs));
    const bytes = model(nodes, Object.fromEntries(Object.entries(constants).filter(([name]) => used.has(name))));
    const observations = noise(ROWS * 4, 9).map((x) => 2 * x);
    const session = await ort.InferenceSession.create(bytes);
    const results = await session.run({ x: new ort.Tensor("float32", observations, [ROWS, 4]) });
    await session.release();
    const wanted = Object.values(results)[0]?.data as Float32Array;
    const policy = await importPolicy(bytes, { env: "CartPole-v1" });
    expect(wanted.length).toBe(ROWS * 2);
    expect(largestDifference(policy.logits(observations), wanted)).toBeLessThanOrEqual(TOLERANCE);
  });
});
