/** A dense layer as one differentiable operation, and its derivatives by hand. */
import * as tf from "@tensorflow/tfjs";
import type { Activation } from "../wasm/layers.js";
import { canFuse, runOurs } from "./kernels/gradients.js";
import { gradientOf } from "./kernels/operations.js";
import { DENSE, DENSE_GRADIENT, hasKernels } from "./kernels/register.js";

/** Whose gradients a layer is asked for: nobody works out the others. Data need none, nor do the parameters of a network that is only looked through. */
export type Wants = "parameters" | "input" | "both";

/** activation(x · w + b); x `[B,in]`, w `[in,out]`, b `[out]`. */
export function dense(x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor, activation: Activation, wants: Wants): tf.Tensor2D {
  if (!isOurs()) return activate(tf.add(tf.matMul(x, w), tf.reshape(b, [1, -1])) as tf.Tensor2D, activation);
  return through[wants](x, w, b, activation);
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
  const byParameters = dense(x, dw, db, "linear", "parameters");
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
  if (isOurs()) return backward({ x, w, y, dy }, activation, wantsInput ? "both" : "parameters");
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

type Gradient = Readonly<Record<"w" | "y" | "dy", tf.Tensor>> & { readonly x?: tf.Tensor };

/** Of w, b and x, as far as they are wanted, in this order. For x alone x itself may be left out. */
function backward(of: Gradient, activation: Activation, wants: Wants): tf.Tensor[] {
  return tf.engine().runKernel(DENSE_GRADIENT, of as tf.NamedTensorMap, { activation, wants }) as tf.Tensor[];
}

type Operation = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor, activation: Activation) => tf.Tensor2D;

/** TensorFlow.js differentiates an operation by all of its arguments, so what needs no gradient is none of them; it is saved all the same. */
const through: Readonly<Record<Wants, Operation>> = {
  both(x, w, b, activation) {
    const operation = tf.customGrad((...args) => {
      const [xT, wT, bT, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
      const value = forward(xT, wT, bT, activation);
      save([xT, wT, value]);
      return {
        value,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const [xS, wS, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
          const [dw, db, dx] = backward({ x: xS, w: wS, y, dy }, activation, "both");
          return [dx, dw, db] as tf.Tensor[];
        },
      };
    });
    return operation(x, w, b) as tf.Tensor2D;
  },

  parameters(x, w, b, activation) {
    const operation = tf.customGrad((...args) => {
      const [wT, bT, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
      const value = forward(x, wT, bT, activation);
      save([x, wT, value]);
      return {
        value,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const [xS, wS, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
          return backward({ x: xS, w: wS, y, dy }, activation, "parameters");
        },
      };
    });
    return operation(w, b) as tf.Tensor2D;
  },

  input(x, w, b, activation) {
    const operation = tf.customGrad((...args) => {
      const [xT, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
      const value = forward(xT, w, b, activation);
      save([w, value]);
      return {
        value,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const [wS, y] = saved as [tf.Tensor, tf.Tensor];
          return backward({ w: wS, y, dy }, activation, "input");
        },
      };
    });
    return operation(x) as tf.Tensor2D;
  },
};
