/** Products with the Fisher matrix against the matrix itself, as the expectation of scores in float64; and layers' derivatives by hand. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import type { Space } from "../../src/core/spaces.js";
import type { ActorCritic } from "../../src/nn/actor-critic.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { conjugateGradient } from "../../src/nn/conjugate-gradient.js";
import { denseGradient, denseTangent } from "../../src/nn/dense.js";
import { fisherMatrix } from "../../src/nn/fisher.js";
import { ParameterVector } from "../../src/nn/parameter-vector.js";
import { column } from "../../src/wasm/heap.js";
import type { Activation } from "../../src/wasm/layers.js";
import { actionsUnder } from "../oracle/expectation.js";
import { solve, times } from "../oracle/linear.js";
import {
  distribution64,
  exampleNetwork,
  exampleSteps,
  finiteDifferences,
  INPUTS,
  NETWORKS,
  type NetworkKind,
  policy64,
  RUNTIMES,
  rows,
  type Weights,
} from "../oracle/losses.js";
import { drawn, randomNormals } from "../oracle/random.js";

/** Relative to the largest number of a product: float32 sums through three layers there and back. Measured: 3.7e-7. */
const PRODUCT_TOLERANCE = 5e-6;
/** The solution of F + 0.1·I, whose smallest eigenvalue is 0.1, by products of float32. Measured: 9e-8. */
const SOLUTION_TOLERANCE = 2e-6;
const DAMPING = 0.1;

/** F = E[∇ln π ∇ln πᵀ] over states and actions, scores by finite differences. */
function fisher64(weights: Weights, observation: Float32Array, space: Space, names: readonly string[]): number[][] {
  const states = rows(observation, INPUTS);
  const scores = states.flatMap((state) =>
    actionsUnder(distribution64(weights, state, space)).map(({ action, weight }) => {
      const score = finiteDifferences(weights, (moved) => policy64(moved, state, action, space).logProb);
      return { score: names.flatMap((name) => score[name] as number[]), weight: weight / states.length };
    }),
  );
  const size = scores[0]?.score.length ?? 0;
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const { score, weight } of scores) {
    for (const [i, row] of matrix.entries())
      for (let k = 0; k < size; k++) row[k] = (row[k] as number) + weight * (score[i] as number) * (score[k] as number);
  }
  return matrix;
}

/** Whether one of the log-deviations stands at its upper bound in every state, where it no longer depends on the parameters. */
type Kind = NetworkKind & { readonly isHeld: boolean };

const KINDS: readonly Kind[] = [
  ...NETWORKS.map((kind) => ({ ...kind, isHeld: false })),
  ...NETWORKS.filter(({ stateDependentStd }) => stateDependentStd).map((kind) => ({ ...kind, isHeld: true })),
];

interface Example {
  readonly network: ActorCritic;
  readonly parameters: ParameterVector;
  readonly weights: Weights;
}

function example(backend: Backend, kind: Kind): Example {
  const { network, weights } = exampleNetwork(backend, kind);
  const parameters = new ParameterVector(backend, network.policyParameters);
  if (!kind.isHeld) return { network, parameters, weights };
  const bias = weights["actor.2.bias"] as Float64Array;
  bias[2] = 9; // ln σ of the first action, far above 2
  parameters.write(Float64Array.from(parameters.list.flatMap(({ name }) => Array.from(weights[name] as Float64Array))));
  return { network, parameters, weights };
}

const known = new Map<Kind, number[][]>();

/** The dense matrix, computed once for each kind: every runtime has the same weights. */
function matrixOf(kind: Kind, { weights, parameters }: Example, observation: Float32Array): number[][] {
  const names = parameters.list.map(({ name }) => name);
  const matrix = known.get(kind) ?? fisher64(weights, observation, kind.space, names);
  known.set(kind, matrix);
  return matrix;
}

const largestOf = (values: ArrayLike<number>) => Math.max(...Array.from(values, Math.abs));
const error = (got: ArrayLike<number>, wanted: ArrayLike<number>) =>
  largestOf(Array.from(wanted, (value, i) => value - (got[i] as number))) / largestOf(wanted);

const EXAMPLES = RUNTIMES.flatMap((runtime) => KINDS.map((kind) => ({ ...runtime, ...kind, kind })));

describe.each(EXAMPLES)(
  "the Fisher matrix over $actions on $backend with $kernels kernels (shared trunk: $sharedTrunk, ln σ at its bound: $isHeld)",
  ({ backend: name, kernels, kind }) => {
    it("multiplies vectors as the expectation of scores does, again and again, and where the parameters have moved to", async () => {
      const backend = await startBackend(name, kernels);
      const one = example(backend, kind);
      const { observation } = exampleSteps(kind.space, randomNormals(5));
      const states = column(backend.heap, [observation.length / INPUTS, INPUTS]);
      states.data.set(observation);
      const fisher = fisherMatrix(backend, one.network, one.parameters, states);
      const matrix = matrixOf(kind, one, observation);
      const normal = randomNormals(6);
      const vector = () => Float64Array.from(drawn(one.parameters.size, normal));
      fisher.linearise();
      for (let i = 0; i < 3; i++) {
        const v = vector();
        expect(error(await fisher.times(v), times(matrix, v))).toBeLessThan(PRODUCT_TOLERANCE);
      }
      // Elsewhere, and back.
      const here = one.parameters.read();
      one.parameters.write(here.map((value) => 0.5 * value));
      fisher.linearise();
      const v = vector();
      expect(error(await fisher.times(v), times(matrix, v))).toBeGreaterThan(0.05);
      one.parameters.write(here);
      fisher.linearise();
      expect(error(await fisher.times(v), times(matrix, v))).toBeLessThan(PRODUCT_TOLERANCE);
      backend.dispose();
    });
  },
);

it("a damped Fisher matrix is inverted by conjugate gradients as by elimination", async () => {
  const backend = await startBackend("wasm");
  const kind = KINDS[0] as Kind;
  const one = example(backend, kind);
  const { observation } = exampleSteps(kind.space, randomNormals(5));
  const states = column(backend.heap, [observation.length / INPUTS, INPUTS]);
  states.data.set(observation);
  const fisher = fisherMatrix(backend, one.network, one.parameters, states);
  fisher.linearise();
  const normal = randomNormals(8);
  const gradient = Float64Array.from({ length: one.parameters.size }, normal);
  const damped = async (v: Float64Array) => (await fisher.times(v)).map((value, i) => value + DAMPING * (v[i] as number));
  const solution = await conjugateGradient(damped, gradient, { steps: 60, tolerance: 1e-14 });
  const matrix = matrixOf(kind, one, observation).map((row, i) => row.map((value, k) => value + (i === k ? DAMPING : 0)));
  expect(error(solution, solve(matrix, gradient))).toBeLessThan(SOLUTION_TOLERANCE);
  backend.dispose();
});

const ACTIVATIONS: Readonly<Record<Activation, (x: number) => number>> = { linear: (x) => x, tanh: Math.tanh, relu: (x) => Math.max(0, x) };
const LAYERS = RUNTIMES.flatMap((runtime) => (["linear", "tanh", "relu"] as const).map((activation) => ({ ...runtime, activation })));
/** Of a layer's tangents and gradients, relative to the largest. Measured: 2e-7. */
const LAYER_TOLERANCE = 2e-6;

describe.each(LAYERS)("a $activation layer on $backend with $kernels kernels", ({ backend: name, kernels, activation }) => {
  const [count, inputs, outputs] = [5, 4, 3];
  const STEP = 1e-6;

  it("has the tangent of finite differences, and gradients that are its transpose", async () => {
    const backend = await startBackend(name, kernels);
    const normal = randomNormals(9);
    const draw = (length: number) => drawn(length, normal);
    const point = { x: draw(count * inputs), w: draw(inputs * outputs), b: draw(outputs) };
    const along = { x: draw(count * inputs), w: draw(inputs * outputs), b: draw(outputs) };
    const dy = draw(count * outputs);
    const layer64 = (step: number) => {
      const at = (part: keyof typeof point, i: number) => (point[part][i] as number) + step * (along[part][i] as number);
      return Array.from({ length: count * outputs }, (_, place) => {
        const [row, j] = [Math.floor(place / outputs), place % outputs];
        const sum = Array.from({ length: inputs }, (_, i) => at("x", row * inputs + i) * at("w", i * outputs + j));
        return ACTIVATIONS[activation](sum.reduce((a, b) => a + b, at("b", j)));
      });
    };
    const before = layer64(-STEP);
    const wanted = layer64(STEP).map((after, i) => (after - (before[i] as number)) / (2 * STEP));
    const shaped = ({ x, w, b }: typeof point) =>
      [tf.tensor2d(x, [count, inputs]), tf.tensor2d(w, [inputs, outputs]), tf.tensor1d(b)] as const;
    tf.tidy(() => {
      const [x, w] = shaped(point);
      const y = tf.tensor2d(layer64(0), [count, outputs]);
      const tangents = shaped(along);
      expect(error(denseTangent(x, w, y, tangents, activation).dataSync(), wanted)).toBeLessThan(LAYER_TOLERANCE);
      const still = [undefined, tangents[1], tangents[2]] as const;
      const zero = [tf.zerosLike(x), tangents[1], tangents[2]] as const;
      const withZero = denseTangent(x, w, y, zero, activation).dataSync();
      expect(error(denseTangent(x, w, y, still, activation).dataSync(), withZero)).toBeLessThan(LAYER_TOLERANCE);

      const gradients = denseGradient(x, w, y, tf.tensor2d(dy, [count, outputs]), activation, true);
      const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
        Array.from(a).reduce((sum, value, i) => sum + value * (b[i] as number), 0);
      const [dw, db, dx] = gradients.map((gradient) => gradient.dataSync()) as [Float32Array, Float32Array, Float32Array];
      const there = inner(dy, wanted);
      expect(Math.abs(inner(dw, along.w) + inner(db, along.b) + inner(dx, along.x) - there) / Math.abs(there)).toBeLessThan(
        LAYER_TOLERANCE,
      );
      expect(denseGradient(x, w, y, tf.tensor2d(dy, [count, outputs]), activation, false)).toHaveLength(2);
    });
    backend.dispose();
  });
});
