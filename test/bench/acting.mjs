/** Microseconds of one action of a trained policy, 4-64-64-2 tanh, for one observation: ours, plain JavaScript, stock tfjs, PyTorch. */
import * as tf from "@tensorflow/tfjs";
import { environments } from "../../dist/envs/registry.js";
import { createPolicy } from "../../dist/policy/encode.js";
import { loadModule } from "../../dist/wasm/modules.js";
import { withBothKernels } from "./kernels.mjs";
import { race, randomNumbers } from "./measure.mjs";
import { time } from "./report.mjs";
import { torchTimings } from "./torch.mjs";

const WIDTHS = [4, 64, 64, 2];
export const OBSERVATION = [0.01, 0.2, -0.02, -0.3];

/** @param {import("./bench.mjs").Context} context */
export async function benchActing(context) {
  const { report, budget } = context;
  report.part("acting", "one action for one observation, 4-64-64-2 tanh; µs");
  const layers = randomLayers();
  const torch = torchTimings(context)("act, batch 1");
  await withBothKernels(async ({ stock }) => {
    const contenders = [acting("policy.act", await policyOf(layers)), unrolled(layers), { ...tensorFlow(layers), prepare: stock.prepare }];
    report.group("act", time("µs", 1e-6), [...race(contenders, budget), ...torch]);
  });
}

/** Weights `[in,out]` and biases `[out]`, uniform and small enough for tanh not to saturate. */
export function randomLayers() {
  const random = randomNumbers(11);
  return WIDTHS.slice(1).map((outputs, i) => {
    const bound = Math.sqrt(3 / WIDTHS[i]);
    const draw = (count) => Float32Array.from({ length: count }, () => bound * (2 * random() - 1));
    return { inputs: WIDTHS[i], outputs, weight: draw(WIDTHS[i] * outputs), bias: draw(outputs), isLast: i === WIDTHS.length - 2 };
  });
}

/** Each run sees another observation, so that no result can be kept. */
function turned(observation) {
  observation[0] = -observation[0];
  return observation;
}

export function policyOf(layers) {
  const { observationSpace, actionSpace } = environments["CartPole-v1"];
  const header = {
    ...{ formatVersion: 1, algorithm: "ppo", environment: "CartPole-v1", observationSpace, actionSpace },
    actor: layers.map(({ isLast }, i) => ({ weight: `${i}.weight`, bias: `${i}.bias`, activation: isLast ? "linear" : "tanh" })),
    distribution: { kind: "categorical" },
    training: { seed: 0, steps: 0, version: "0" },
  };
  const tensors = layers.flatMap(({ inputs, outputs, weight, bias }, i) => [
    [`${i}.weight`, { shape: [inputs, outputs], data: weight }],
    [`${i}.bias`, { shape: [outputs], data: bias }],
  ]);
  const module = loadModule(new URL("../../build/policy.wasm", import.meta.url));
  return module.then((compiled) => createPolicy(header, new Map(tensors), compiled));
}

/** One action after another of anything that has `act`. */
export function acting(name, policy) {
  const observation = [...OBSERVATION];
  return { name, run: () => policy.act(turned(observation)), work: 1 };
}

/** What one would write by hand: typed arrays, four inputs at a time (faster than a row of weights for each output). */
export function unrolled(layers) {
  const outputs = layers.map((layer) => new Float32Array(layer.outputs));
  const observation = Float32Array.from(OBSERVATION);
  const run = () => {
    const logits = layers.reduce((x, layer, i) => dense(outputs[i], x, layer), turned(observation));
    return logits[1] > logits[0] ? 1 : 0;
  };
  return { name: "plain JS, unrolled by four", run, work: 1 };
}

/** Inputs come in fours, outputs in any number. */
function dense(y, x, { inputs, outputs, weight, bias, isLast }) {
  y.set(bias);
  for (let i = 0; i < inputs; i += 4) {
    const [x0, x1, x2, x3] = [x[i], x[i + 1], x[i + 2], x[i + 3]];
    const [w0, w1, w2, w3] = [i * outputs, (i + 1) * outputs, (i + 2) * outputs, (i + 3) * outputs];
    for (let j = 0; j < outputs; j++) {
      y[j] += x0 * weight[w0 + j] + x1 * weight[w1 + j] + x2 * weight[w2 + j] + x3 * weight[w3 + j];
    }
  }
  if (!isLast) for (let j = 0; j < outputs; j++) y[j] = Math.tanh(y[j]);
  return y;
}

export function tensorFlow(layers) {
  const parameters = layers.map(({ inputs, outputs, weight, bias, isLast }) => {
    return { weight: tf.tensor2d(weight, [inputs, outputs]), bias: tf.tensor1d(bias), isLast };
  });
  const observation = [...OBSERVATION];
  const run = () =>
    tf.tidy(() => {
      const logits = parameters.reduce(
        (x, { weight, bias, isLast }) => {
          const z = tf.add(tf.matMul(x, weight), bias);
          return isLast ? z : tf.tanh(z);
        },
        tf.tensor2d([turned(observation)]),
      );
      return tf.argMax(logits, -1).dataSync()[0];
    });
  return { name: "stock tfjs kernels", run, work: 1 };
}
