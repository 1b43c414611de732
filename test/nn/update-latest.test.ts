/** What an updater's last step reported, as other losses read it: recorded, not recorded, and where memory isn't shared. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { sgd } from "../../src/nn/optimizers/sgd.js";
import { Parameters } from "../../src/nn/parameters.js";
import { type Updater, updater } from "../../src/nn/update.js";
import { column } from "../../src/wasm/heap.js";
import { RUNTIMES } from "../oracle/losses.js";

let backend: Backend;
afterEach(() => backend.dispose());

/** Two updaters: y = 3x + 1 is lowered in x by steps of the input, and the second follows the first one's y. */
function pair() {
  const input = column(backend.heap, []);
  const parametersOf = () => {
    const parameters = new Parameters(backend);
    parameters.add("x", [], [2]);
    return parameters;
  };
  const [first, second] = [parametersOf(), parametersOf()];
  const one = updater(backend, first, sgd(first), () => {
    const x = first.tensors[0] as tf.Scalar;
    const y = tf.add(tf.mul(x, 3), 1) as tf.Scalar;
    return { loss: tf.mul(y, backend.tensor(input)) as tf.Scalar, diagnostics: { x: tf.clone(x), y } };
  });
  const other: Updater = updater(backend, second, sgd(second), () => {
    const loss = tf.mul(second.tensors[0] as tf.Scalar, one.latest("y")) as tf.Scalar;
    return { loss, diagnostics: { loss } };
  });
  return { input, one, other, second };
}

describe.each(RUNTIMES)("on $backend with $kernels kernels", ({ backend: name, kernels }) => {
  it("is what the last step reported, in losses that are built once and in those built anew", async () => {
    backend = await startBackend(name, kernels);
    const { input, one, other, second } = pair();
    let [x, followed] = [2, 2];
    for (const amount of [1, -2, 0.5, 3, 0]) {
      input.data[0] = amount;
      one.step(0.25);
      const y = 3 * x + 1;
      expect(tf.tidy(() => one.latest("y").dataSync()[0])).toBe(y);
      expect(tf.tidy(() => one.latest("x").dataSync()[0])).toBe(x);
      x -= 0.25 * 3 * amount;
      other.step(0.5);
      followed -= 0.5 * y;
      expect(second.tensors[0]?.dataSync()[0]).toBe(followed);
    }
    expect((await one.means())["y"]).toBeGreaterThan(0);
    expect(
      tf.tidy(() => one.latest("x").dataSync()[0]),
      "means leave it alone",
    ).toBeDefined();
  });

  it("is refused before the first step, and under a name that isn't there", async () => {
    backend = await startBackend(name, kernels);
    const { input, one } = pair();
    expect(() => one.latest("y")).toThrow("no step has reported y yet");
    input.data[0] = 1;
    one.step(0.1);
    expect(() => one.latest("z")).toThrow("no step has reported z yet");
  });

  it("leaves no tensors behind", async () => {
    backend = await startBackend(name, kernels);
    const before = tf.memory().numTensors;
    backend.dispose();
    backend = await startBackend(name, kernels);
    const { input, one, other } = pair();
    input.data[0] = 1;
    for (let i = 0; i < 3; i++) {
      one.step(0.1);
      other.step(0.1);
    }
    await one.means();
    await other.means();
    backend.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
