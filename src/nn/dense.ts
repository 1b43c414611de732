/** A dense layer as one differentiable operation, and its derivatives by hand. */
import * as tf from "@tensorflow/tfjs";
import type { Activation } from "../wasm/layers.js";
import { canFuse, runOurs } from "./kernels/gradients.js";
import { gradientOf } from "./kernels/operations.js";
import { DENSE, DENSE_GRADIENT, hasKernels } from "./kernels/register.js";

/**
 * activation(x · w + b); x `[B,in]`, w `[in,out]`, b `[out]`.
 * @param wantsInput whether the gradient goes on to x; a first layer's input needs none
 */
export function dense(x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor, activation: Activation, wantsInput: boolean): tf.Tensor2D {
  if (!isOurs()) return activate(tf.add(tf.matMul(x, w), b) as tf.Tensor2D, activation);
  return (wantsInput ? throughInput : throughParameters)(x, w, b, activation);
}

function isOurs(): boolean {
  return tf.getBackend() === "wasm" && hasKernels();
}

/** What y = dense(x, w, b) changes by, along the tangents of x (undefined for none), w and b. */
export function denseTangent(
  x: tf.Tensor2D,
  w: tf.Tensor2D,
  y: tf.Tensor2D,
  [dx, dw, db]: readonly [tf.Tensor2D | undefined, tf.Tensor2D, tf.Tensor],
  activation: Activation,
): tf.Tensor2D {
  const byParameters = dense(x, dw, db, "linear", false);
  return throughActivation(dx ? tf.add(byParameters, tf.matMul(dx, w)) : byParameters, y, activation);
}

/** The gradients of w, b and, if wanted, x, where dy is that of y = dense(x, w, b). */
export function denseGradient(
  x: tf.Tensor2D,
  w: tf.Tensor2D,
  y: tf.Tensor2D,
  dy: tf.Tensor2D,
  activation: Activation,
  wantsInput: boolean,
): tf.Tensor[] {
  if (isOurs()) return backward(x, w, y, dy, activation, wantsInput);
  const dz = throughActivation(dy, y, activation);
  const byParameters = [tf.matMul(x, dz, true), tf.sum(dz, 0)];
  return wantsInput ? [...byParameters, tf.matMul(dz, w, false, true)] : byParameters;
}

/** t · activation'(x), where y = activation(x). */
function throughActivation(t: tf.Tensor2D, y: tf.Tensor2D, activation: Activation): tf.Tensor2D {
  if (activation === "linear") return t;
  const name = activation === "tanh" ? "Tanh" : "Relu";
  if (canFuse()) return runOurs(gradientOf(name), { known: y, dy: t }) as tf.Tensor2D;
  return tf.mul(t, activation === "tanh" ? tf.sub(1, tf.square(y)) : tf.step(y));
}

function activate(x: tf.Tensor2D, activation: Activation): tf.Tensor2D {
  if (activation === "tanh") return tf.tanh(x);
  return activation === "relu" ? tf.relu(x) : x;
}

function forward(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor, activation: Activation): tf.Tensor {
  return tf.engine().runKernel(DENSE, { x, w, b }, { activation }) as tf.Tensor;
}

function backward(x: tf.Tensor, w: tf.Tensor, y: tf.Tensor, dy: tf.Tensor, activation: Activation, wantsInput: boolean): tf.Tensor[] {
  return tf.engine().runKernel(DENSE_GRADIENT, { x, w, y, dy }, { activation, wantsInput }) as tf.Tensor[];
}

function throughInput(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor, activation: Activation): tf.Tensor2D {
  const operation = tf.customGrad((...args) => {
    const [xT, wT, bT, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const y = forward(xT, wT, bT, activation);
    save([xT, wT, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [xS, wS, yS]: tf.Tensor[]) => {
        const [dw, db, dx] = backward(xS as tf.Tensor, wS as tf.Tensor, yS as tf.Tensor, dy, activation, true);
        return [dx, dw, db] as tf.Tensor[];
      },
    };
  });
  return operation(x, w, b) as tf.Tensor2D;
}

function throughParameters(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor, activation: Activation): tf.Tensor2D {
  const operation = tf.customGrad((...args) => {
    const [wT, bT, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const y = forward(x, wT, bT, activation);
    save([wT, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [wS, yS]: tf.Tensor[]) => backward(x, wS as tf.Tensor, yS as tf.Tensor, dy, activation, false),
    };
  });
  return operation(w, b) as tf.Tensor2D;
}
