/** Networks that PyTorch saved (fixtures/make.py) as policies: each gives what PyTorch gave, is exported again, and learns on. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type AlgorithmId, algorithms } from "../../src/algos/registry.js";
import { exportPolicy } from "../../src/deploy/export.js";
import { decodePolicy } from "../../src/policy/format.js";
import { readContainer } from "../../src/policy/safetensors.js";
import { fieldsOf } from "../../src/run/config.js";
import { evaluate } from "../../src/run/evaluate.js";
import { type ImportOptions, importPolicy, trainingOptions } from "../../src/run/import.js";
import { type TrainOptions, train } from "../../src/run/train.js";

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url);
const { tensors: expected } = readContainer(new Uint8Array(readFileSync(fixture("expected.safetensors"))));
/** Of outputs, values and actions, all below 4. Measured: 4.8e-7. */
const TOLERANCE = 1e-5;

const cartPole = { env: "CartPole-v1" } as const;
const pendulum = { env: "Pendulum-v1" } as const;
const tanh = { activation: "tanh" } as const;
const relu = { activation: "relu" } as const;

/** The algorithm is PPO unless another one is named. */
const CASES: readonly [file: string, options: ImportOptions][] = [
  ["plain-9.onnx", cartPole],
  ["plain-17.onnx", { ...cartPole, algo: "dqn" }],
  ["softmax-13.onnx", cartPole],
  ["argmax-11.onnx", { ...cartPole, algo: "fqi" }],
  ["mean-value-16.onnx", pendulum],
  ["by-hand-12.onnx", cartPole],
  ["td3-14.onnx", { ...pendulum, algo: "td3" }],
  ["zero-biases-15.onnx", cartPole],
  ["plain.safetensors", { ...cartPole, ...tanh }],
  ["deep-f64.safetensors", { ...cartPole, ...relu }],
  ["no-bias-f16.safetensors", { ...cartPole, activation: "sigmoid" }],
  ["sb3-ppo.safetensors", { ...pendulum, ...tanh }],
  ["sb3-dqn.safetensors", { ...cartPole, ...relu, algo: "dqn" }],
  ["sb3-td3.safetensors", { ...pendulum, ...relu, algo: "td3" }],
  ["sb3-sac.safetensors", { ...pendulum, ...relu, algo: "sac" }],
  ["cleanrl-ppo.safetensors", { ...cartPole, ...tanh, algo: "a2c" }],
  ["cleanrl-ppo-continuous.safetensors", { ...pendulum, ...tanh }],
  ["cleanrl-dqn.safetensors", { ...cartPole, ...relu, algo: "dqn" }],
  ["cleanrl-td3.safetensors", { ...pendulum, ...relu, algo: "ddpg" }],
];

function recorded(name: string, what: string): Float32Array | undefined {
  return expected.get(`${name}/${what}`)?.data;
}

function expectNear(got: ArrayLike<number>, wanted: Float32Array): void {
  expect(got.length).toBe(wanted.length);
  expect(Math.max(...wanted.map((value, i) => Math.abs((got[i] as number) - value)))).toBeLessThanOrEqual(TOLERANCE);
}

describe.each(CASES)("%s", (file, options) => {
  const name = file.replace(/\.\w+$/, "");
  const [observations, outputs] = [recorded(name, "observations"), recorded(name, "outputs")] as [Float32Array, Float32Array];

  it("gives what it gave in PyTorch", async () => {
    const policy = await importPolicy(fixture(file), options);
    // An ONNX model of TD3's puts out actions within the bounds, as the policy does; else a network's outputs are compared.
    expectNear(name === "td3-14" ? policy.actBatch(observations) : policy.logits(observations), outputs);
    const values = recorded(name, "values");
    if (values) expectNear(policy.values(observations), values);
    else expect(() => policy.values(observations)).toThrow("has no critic");
    const { header, tensors } = await decodePolicy(await policy.bytes());
    expect(header).toMatchObject({ algorithm: options.algo ?? "ppo", environment: options.env, training: { seed: 0, steps: 0 } });
    const logStd = recorded(name, "logStd");
    if (logStd) expectNear(tensors.get("logStd")?.data ?? [], logStd);
  });

  it("is evaluated, exported, and what training begins with", async () => {
    const policy = await importPolicy(fixture(file), options);
    const evaluation = await evaluate(policy, { episodes: 4 });
    expect(evaluation.returns).toHaveLength(4);
    expect((await exportPolicy(policy, "onnx")).parity.difference).toBeLessThanOrEqual(1e-5);
    expect((await exportPolicy(policy, "js")).parity.difference).toBe(0);
  });
});

describe("our own ONNX files", () => {
  it.each(CASES.filter(([file]) => !/td3/.test(file)))("come back from %s as they were", async (file, options) => {
    const policy = await importPolicy(fixture(file), options);
    if (policy.header.distribution.kind === "squashedGaussian") return; // its export leaves ln σ away
    const { files } = await exportPolicy(policy, "onnx");
    const again = await importPolicy(files.get("policy.onnx") as Uint8Array, { ...options, activation: undefined } as never);
    const observations = recorded(file.replace(/\.\w+$/, ""), "observations") as Float32Array;
    expect(again.logits(observations)).toEqual(policy.logits(observations));
    expect(again.actBatch(observations)).toEqual(policy.actBatch(observations));
  });
});

describe("as the start of training", () => {
  const SMALL = {
    numEnvs: 4,
    steps: 16,
    batchSize: 32,
    learningStarts: 32,
    trainFrequency: 8,
    bufferSize: 4096,
    workers: 1,
    threaded: false,
    totalSteps: 1,
  };
  const withNetworks = Object.values(algorithms)
    .filter(({ fields }) => Object.hasOwn(fields, "hidden"))
    .map(({ id }) => id as AlgorithmId);

  it.each(withNetworks)("%s begins with an imported network", async (algo) => {
    const takesIndices = !["ddpg", "td3", "sac", "sac-v"].includes(algo);
    const isSoft = ["sac", "sac-v"].includes(algo);
    const file = takesIndices ? "sb3-dqn.safetensors" : isSoft ? "sb3-sac.safetensors" : "sb3-td3.safetensors";
    const env = takesIndices ? ("CartPole-v1" as const) : ("Pendulum-v1" as const);
    const policy = await importPolicy(fixture(file), { env, algo, ...relu });
    const known = fieldsOf(algo);
    const small = Object.fromEntries(Object.entries(SMALL).filter(([name]) => Object.hasOwn(known, name)));
    const run = train({ ...small, ...(await trainingOptions(policy)), algo, env, initialPolicy: policy } as unknown as TrainOptions);
    await run.next();
    await run.return?.();
    expect((await run.policy()).header.actor).toEqual(policy.header.actor);
  });

  it("all of it learns on: ln σ and the value network too", async () => {
    const options = { ...pendulum, algo: "ppo", numEnvs: 4, steps: 16, batchSize: 32, totalSteps: 1, learningRate: 0 } as const;
    const initialPolicy = await importPolicy(fixture("sb3-ppo.safetensors"), { ...pendulum, ...tanh });
    const run = train({ ...options, hidden: [6, 6], activation: "tanh", initialPolicy });
    for await (const _ of run);
    const [begun, imported] = await Promise.all([run.policy(), initialPolicy].map(async (one) => decodePolicy(await (await one).bytes())));
    expect(Object.fromEntries(begun?.tensors ?? [])).toEqual(Object.fromEntries(imported?.tensors ?? []));
  });

  it("the options of its network say how to make another one", async () => {
    const policy = await importPolicy(fixture("mean-value-16.onnx"), pendulum);
    expect(await trainingOptions(policy)).toEqual({ hidden: "6,6", activation: "relu", normalizeObservation: "true" });
    expect(policy.header.observationNormalizer?.limit).toBe(2);
  });
});
