/**
 * Products with the Fisher information matrix of a policy, F = E[Jᵀ M J]: J has the derivatives of the actor's outputs by its parameters in
 * one state, M is the Fisher matrix of the distribution by those outputs. It is the Hessian of KL(old ‖ new) where the two are the same.
 *
 * No matrix is formed (Schulman et al. 2015, appendix C.1): a vector goes forward through the layers as a tangent (Pearlmutter 1994), M is
 * applied row by row, and what comes out goes back through the layers as a gradient does.
 */
import * as tf from "@tensorflow/tfjs";
import { type Column, column } from "../wasm/heap.js";
import type { ActorCritic } from "./actor-critic.js";
import type { Backend } from "./backend.js";
import { type Computation, computation } from "./computation.js";
import { dense, denseGradient, denseTangent } from "./dense.js";
import { Categorical, type Distribution, type Gaussian } from "./distributions.js";
import type { Layer } from "./mlp.js";
import type { ParameterVector } from "./parameter-vector.js";

export interface FisherMatrix {
  /** Takes parameters and observations as they now are: products are with the matrix there, until the next call. */
  linearise(): void;
  /** F·v */
  times(vector: Float64Array): Promise<Float64Array>;
}

/**
 * @param parameters of the network's policy, as a vector
 * @param observation `[B,D]`, over whose rows F is the mean
 */
export function fisherMatrix(
  backend: Backend,
  network: ActorCritic,
  parameters: ParameterVector,
  observation: Column<"float32">,
): FisherMatrix {
  const { layers } = network.actor;
  const input = () => backend.tensor(observation) as tf.Tensor2D;
  const outputs: readonly Computation<tf.Tensor2D>[] = layers.map((layer, i) =>
    computation(backend, () => outputOf(layer, outputs[i - 1]?.result ?? input())),
  );
  const direction = column(backend.heap, [parameters.size]);
  const image = computation(backend, () => {
    const values = [input(), ...outputs.map(({ result }) => result)];
    const tangents = parameters.split(backend.tensor(direction) as tf.Tensor1D);
    const head = values.at(-1) as tf.Tensor2D;
    const metric = outputMetric(network.distribution(head), head, forward(layers, values, tangents));
    const gradients = backward(layers, values, tf.div(metric, head.shape[0]));
    // ln σ that is the same in every state: M is 2 there, and 0 between it and the means.
    if (network.logStd) gradients.push(tf.mul(2, tangents.at(-1) as tf.Tensor));
    return parameters.join(gradients);
  });
  return {
    linearise() {
      for (const output of outputs) output.run();
    },
    async times(vector) {
      direction.data.set(vector);
      if (backend.sharesMemory) backend.markWritten(backend.tensor(direction));
      image.run();
      return Float64Array.from((await image.column()).data);
    },
  };
}

function outputOf({ weight, bias, activation }: Layer, input: tf.Tensor2D): tf.Tensor2D {
  return dense(input, weight.tensor as tf.Tensor2D, bias.tensor, activation, "parameters");
}

/** J·v: the tangent of the last layer's outputs; `values` are the input and what each layer makes of it, `tangents` v by parameter. */
function forward(layers: readonly Layer[], values: readonly tf.Tensor2D[], tangents: readonly tf.Tensor[]): tf.Tensor2D {
  let tangent: tf.Tensor2D | undefined;
  for (const [i, { weight, activation }] of layers.entries()) {
    const [x, y] = [values[i], values[i + 1]] as [tf.Tensor2D, tf.Tensor2D];
    const [dw, db] = [tangents[2 * i], tangents[2 * i + 1]] as [tf.Tensor2D, tf.Tensor];
    tangent = denseTangent(x, weight.tensor as tf.Tensor2D, y, [tangent, dw, db], activation);
  }
  return tangent as tf.Tensor2D;
}

/** Jᵀ·u: gradients of the layers' parameters, where u is that of the last layer's outputs. */
function backward(layers: readonly Layer[], values: readonly tf.Tensor2D[], u: tf.Tensor2D): tf.Tensor[] {
  const gradients: tf.Tensor[] = [];
  let dy = u;
  for (const [i, { weight, activation }] of [...layers.entries()].reverse()) {
    const [x, y] = [values[i], values[i + 1]] as [tf.Tensor2D, tf.Tensor2D];
    const [dw, db, dx] = denseGradient(x, weight.tensor as tf.Tensor2D, y, dy, activation, i > 0);
    gradients.unshift(dw as tf.Tensor, db as tf.Tensor);
    if (dx) dy = dx as tf.Tensor2D;
  }
  return gradients;
}

/** M·t row by row, for tangents of the actor's outputs. */
function outputMetric(policy: Distribution, head: tf.Tensor2D, tangent: tf.Tensor2D): tf.Tensor2D {
  if (policy instanceof Categorical) return categoricalMetric(policy, tangent);
  const { mean, logStd } = policy as Gaussian;
  const precision = tf.exp(tf.mul(-2, logStd));
  const actions = mean.shape[1];
  if (head.shape[1] === actions) return tf.mul(tangent, precision);
  const ofMean = tf.mul(tf.slice2d(tangent, [0, 0], [-1, actions]), precision);
  const isFree = tf.cast(tf.equal(tf.slice2d(head, [0, actions], [-1, actions]), logStd), "float32"); // not held at a bound
  const ofLogStd = tf.mul(tf.mul(2, isFree), tf.slice2d(tangent, [0, actions], [-1, actions]));
  return tf.concat([ofMean, ofLogStd], 1) as tf.Tensor2D;
}

/** M = diag(π) − ππᵀ, for logits. */
function categoricalMetric({ logProbs }: Categorical, tangent: tf.Tensor2D): tf.Tensor2D {
  const probabilities = tf.exp(logProbs);
  const mean = tf.sum(tf.mul(probabilities, tangent), -1, true);
  return tf.mul(probabilities, tf.sub(tangent, mean));
}
