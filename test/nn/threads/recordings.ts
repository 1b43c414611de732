/** Recorded updates on made-up columns: PPO's, and those of an actor with twin critics. */
import * as tf from "@tensorflow/tfjs";
import { criticLoss } from "../../../src/algos/continuous.js";
import { type PpoMinibatch, ppoLoss } from "../../../src/algos/ppo.js";
import { box, discrete } from "../../../src/core/spaces.js";
import { SquashedGaussianActor } from "../../../src/nn/actor.js";
import { ActorCritic } from "../../../src/nn/actor-critic.js";
import type { Backend } from "../../../src/nn/backend.js";
import { Critics } from "../../../src/nn/critics.js";
import type { Program } from "../../../src/nn/kernels/recorder.js";
import type { Parameters as ParameterSet } from "../../../src/nn/parameters.js";
import { column } from "../../../src/wasm/heap.js";
import { bitsOf } from "../../oracle/bits.js";
import { drawn, randomNormals } from "../../oracle/random.js";

const ROWS = 96;
const INPUTS = 3;

export interface Recording {
  readonly program: Program;
  /** Gives the columns other numbers. */
  redraw(seed: number): void;
  /** The bits of what the program leaves behind. */
  bits(): string;
}

/** Records what columns of normals come to. */
export function recording<K extends string>(
  backend: Backend,
  shapes: Record<K, readonly number[]>,
  work: (tensors: Record<K, tf.Tensor>) => tf.Tensor[],
): Recording {
  const columns = Object.entries<readonly number[]>(shapes).map(([name, shape]) => [name, column(backend.heap, shape)] as const);
  const redraw = (seed: number) => {
    const normal = randomNormals(seed);
    for (const [, { data }] of columns) data.set(drawn(data.length, normal));
  };
  redraw(1);
  const tensors = () => Object.fromEntries(columns.map(([name, of]) => [name, backend.tensor(of)])) as Record<K, tf.Tensor>;
  const { result, program, obstacle } = backend.record(() => tf.tidy(() => work(tensors())));
  if (!program) throw new Error(`can't be recorded: ${obstacle}`);
  return { program, redraw, bits: () => bitsOf(...result.map((tensor) => tensor.dataSync<"float32">())) };
}

const gradients = (loss: () => tf.Scalar, { tensors }: ParameterSet) => tf.valueAndGrads(loss)(tensors).grads;

export function ppoGradients(backend: Backend, actions: "discrete" | "continuous"): Recording {
  const isDiscrete = actions === "discrete";
  const options = { hidden: [24, 16], activation: "tanh", sharedTrunk: false, stateDependentStd: false, logStdInit: 0 } as const;
  const network = new ActorCritic(backend, INPUTS, isDiscrete ? discrete(3) : box([-1, -1], [1, 1]), options, 1);
  const losses = { entropyCoefficient: 0.01, valueCoefficient: 0.5, valueClipRange: 0.2, normalizeAdvantage: true };
  const numbers = { logProb: [ROWS], value: [ROWS], advantage: [ROWS], returns: [ROWS], clipRange: [] };
  const shapes = { observation: [ROWS, INPUTS], draw: isDiscrete ? [ROWS] : [ROWS, 2], ...numbers };
  return recording(backend, shapes, ({ draw, ...mb }) => {
    const action = isDiscrete ? tf.cast(tf.clipByValue(tf.abs(draw), 0, 2), "int32") : draw;
    return gradients(() => ppoLoss(network, { ...mb, action } as unknown as PpoMinibatch, losses).loss, network.parameters);
  });
}

/** Of twin critics towards a column, and of an actor through them. */
export function actorCriticGradients(backend: Backend): Recording {
  const sizes = { inputs: INPUTS, actions: 2 };
  const options = { hidden: [24, 20], activation: "relu" } as const;
  const actor = new SquashedGaussianActor(backend, sizes, options, 1);
  const critics = new Critics(backend, 2, sizes, options, 1);
  const shapes = { observation: [ROWS, INPUTS], action: [ROWS, 2], target: [ROWS], noise: [ROWS, 2] };
  return recording(backend, shapes, (tensors) => {
    const { observation, action, target, noise } = tensors as unknown as Record<"observation" | "action" | "noise", tf.Tensor2D> & { target: tf.Tensor1D }; // biome-ignore format: short
    const sampled = () => actor.sample(observation, noise);
    const actorLoss = () => tf.mean(tf.sub(sampled().logProb, critics.least(observation, sampled().action))) as tf.Scalar;
    return [
      ...gradients(() => criticLoss(critics, { observation, action }, target).loss, critics.parameters),
      ...gradients(actorLoss, actor.parameters),
    ];
  });
}
