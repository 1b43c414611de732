/** A dense layer as one differentiable operation. */
import * as tf from "@tensorflow/tfjs";
import type { Activation } from "../wasm/layers.js";
import { DENSE, DENSE_GRADIENT, hasKernels } from "./kernels/register.js";

/**
 * activation(x · w + b); x `[B,in]`, w `[in,out]`, b `[out]`.
 * @param wantsInput whether the gradient goes on to x; a first layer's input needs none
 */
export function dense(x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor, activation: Activation, wantsInput: boolean): tf.Tensor2D {
  if (tf.getBackend() !== "wasm" || !hasKernels()) return activate(tf.add(tf.matMul(x, w), b) as tf.Tensor2D, activation);
  return (wantsInput ? throughInput : throughParameters)(x, w, b, activation);
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
