/** A network's parameters as one vector. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { ParameterVector } from "../../src/nn/parameter-vector.js";
import { exampleNetwork, NETWORKS, type NetworkKind, RUNTIMES } from "../oracle/losses.js";
import { drawn, randomNormals } from "../oracle/random.js";

/** A policy with a deviation of its own. */
function example(backend: Backend) {
  const { network } = exampleNetwork(backend, NETWORKS[2] as NetworkKind);
  return { network, parameters: new ParameterVector(backend, network.policyParameters) };
}

describe.each(RUNTIMES)("parameters as a vector on $backend with $kernels kernels", ({ backend: name, kernels }) => {
  it("are read as they were written, by acting and by learning", async () => {
    const backend = await startBackend(name, kernels);
    const { parameters, network } = example(backend);
    const values = Float64Array.from(drawn(parameters.size, randomNormals(3)));
    parameters.write(values);
    expect(parameters.read()).toEqual(values);
    const tensors = network.policyParameters.flatMap(({ tensor }) => Array.from(tensor.dataSync()));
    expect(Float64Array.from(tensors)).toEqual(values);
    backend.dispose();
  });

  it("are split into their shapes and joined again", async () => {
    const backend = await startBackend(name, kernels);
    const { parameters } = example(backend);
    tf.tidy(() => {
      const vector = tf.tensor1d(drawn(parameters.size, randomNormals(4)));
      const parts = parameters.split(vector);
      expect(parts.map(({ shape }) => shape)).toEqual(parameters.list.map(({ column: { shape } }) => shape));
      expect(parameters.join(parts).dataSync()).toEqual(vector.dataSync());
    });
    backend.dispose();
  });
});
