/** Recorded updates: the same bits as the ordinary path, whatever the loss; a way back where recording can't be; nothing left behind. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type PpoMinibatch, ppoLoss } from "../../src/algos/ppo.js";
import { box, discrete, type Space, sizeOf } from "../../src/core/spaces.js";
import { ActorCritic } from "../../src/nn/actor-critic.js";
import { adam } from "../../src/nn/adam.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { type LossReport, updater } from "../../src/nn/update.js";
import { Minibatches } from "../../src/rollout/minibatches.js";
import { type Column, column } from "../../src/wasm/heap.js";
import { bitsOf } from "../oracle/bits.js";
import { drawn, randomNormals } from "../oracle/random.js";

const INPUTS = 3;
const SIZE = 60;
const BATCH = 20;
const EPOCHS = 3;

const warn = vi.spyOn(console, "warn");

beforeEach(() => {
  warn.mockReset();
  warn.mockImplementation(() => undefined);
});

let backend: Backend;

async function start(kernels: "lanewise" | "stock" = "lanewise"): Promise<Backend> {
  backend = await startBackend("wasm", kernels);
  return backend;
}

afterEach(() => backend.dispose());

/** The same backend, on which nothing is recorded. */
const unrecorded = (of: Backend): Backend => ({ ...of, record: (work) => ({ result: work(), program: undefined, obstacle: "a wish" }) });

/** Columns as a rollout leaves them, `[T,N,…]`, of made-up numbers. */
function rolloutColumns({ heap }: Backend, actionSpace: Space) {
  const normal = randomNormals(3);
  const filled = (...width: number[]) => {
    const made = column(heap, [SIZE / 4, 4, ...width]);
    made.data.set(drawn(made.length, normal));
    return made;
  };
  const action = actionSpace.kind === "discrete" ? column(heap, [SIZE / 4, 4], "int32") : filled(sizeOf(actionSpace));
  if (actionSpace.kind === "discrete") action.data.set(drawn(SIZE, () => Math.abs(Math.floor(3 * normal())) % actionSpace.n));
  return { observation: filled(INPUTS), action, logProb: filled(), value: filled(), advantage: filled(), returns: filled() };
}

type LossOptions = Parameters<typeof ppoLoss>[2];

interface Setting {
  readonly actionSpace: Space;
  readonly sharedTrunk: boolean;
  readonly options: LossOptions;
}

/** Several epochs of PPO's updates over changing minibatches; what they leave in the parameters, and their diagnostics. */
async function updates(on: Backend, { actionSpace, sharedTrunk, options }: Setting, beforeStep: (step: number) => void = () => undefined) {
  const network = new ActorCritic(
    on,
    INPUTS,
    actionSpace,
    { hidden: [8, 5], activation: "tanh", sharedTrunk, stateDependentStd: false, logStdInit: -0.5 },
    1,
  );
  const minibatches = new Minibatches(on.heap, on.kernels, rolloutColumns(on, actionSpace), SIZE, BATCH, 5);
  const batch: Record<string, Column> = { ...minibatches.columns, clipRange: column(on.heap, []) };
  const tensors = () => Object.fromEntries(Object.entries(batch).map(([name, of]) => [name, on.tensor(of)])) as unknown as PpoMinibatch;
  const optimizer = adam(network.parameters, { epsilon: 1e-5, maxGradNorm: 0.5 });
  const gradient = updater(on, network.parameters, optimizer, () => ppoLoss(network, tensors(), options));
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    (batch["clipRange"] as Column).data[0] = 0.3 - 0.1 * epoch;
    for (const _ of minibatches.epoch()) {
      beforeStep(step++);
      gradient.step(0.01 / (1 + epoch));
    }
  }
  const parameters = network.parameters.list.map(({ column: { data } }) => data.slice());
  network.parameters.dispose();
  return { bits: bitsOf(...parameters), means: await gradient.means(), obstacle: gradient.obstacle };
}

const SPACES: readonly (readonly [string, Space])[] = [
  ["discrete", discrete(3)],
  ["continuous", box([-1, -1], [1, 1])],
];
const LOSSES: readonly LossOptions[] = [
  { entropyCoefficient: 0, valueCoefficient: 0.5, valueClipRange: 0, normalizeAdvantage: true },
  { entropyCoefficient: 0.05, valueCoefficient: 0.5, valueClipRange: 0, normalizeAdvantage: true },
  { entropyCoefficient: 0.05, valueCoefficient: 0.5, valueClipRange: 0.2, normalizeAdvantage: false },
];
const SETTINGS = SPACES.flatMap(([actions, actionSpace]) =>
  [false, true].flatMap((sharedTrunk) => LOSSES.map((options) => ({ actions, actionSpace, sharedTrunk, options }))),
);

describe.each(SETTINGS)("PPO over $actions actions (shared trunk: $sharedTrunk) with $options", (setting) => {
  it("leaves the same bits in the parameters and in its diagnostics, recorded or not", async () => {
    const recorded = await updates(await start(), setting);
    expect(recorded.obstacle).toBeUndefined();
    backend.dispose();
    const ordinary = await updates(unrecorded(await start()), setting);
    expect(ordinary.obstacle).toBe("a wish");
    expect(recorded.bits).toBe(ordinary.bits);
    expect(recorded.means).toEqual(ordinary.means);
  });
});

const [SETTING] = SETTINGS as [(typeof SETTINGS)[number]];

describe("memory that grows", () => {
  /** Takes so much that the WebAssembly memory must grow, which detaches every view on it. */
  function grow(): void {
    const before = backend.heap.memory.buffer.byteLength;
    backend.heap.allocate(before);
    expect(backend.heap.memory.buffer.byteLength).toBeGreaterThan(before);
  }

  it.each([
    ["before the recording", 0],
    ["after it", 1],
    ["between replays", 5],
  ])("%s changes no bit", async (_, when) => {
    const wanted = await updates(await start(), SETTING);
    backend.dispose();
    await start();
    const got = await updates(backend, SETTING, (step) => step === when && grow());
    expect(got.obstacle).toBeUndefined();
    expect(got.bits).toBe(wanted.bits);
  });

  it("during the recording changes no bit", async () => {
    const columnOf = (value: number) => {
      const made = column(backend.heap, [4]);
      made.data.set([value, 1, 2, 3]);
      return made;
    };
    await start();
    const x = columnOf(5);
    let isFirst = true;
    const work = () => {
      const squares = tf.square(backend.tensor(x));
      if (isFirst) grow();
      isFirst = false;
      return tf.add(squares, tf.scalar(0.5));
    };
    const { result, program } = backend.record(() => tf.tidy(work));
    expect([...result.dataSync()]).toEqual([25.5, 1.5, 4.5, 9.5]);
    x.data.set([1, 2, 3, 4]);
    program?.replay();
    expect([...result.dataSync()]).toEqual([1.5, 4.5, 9.5, 16.5]);
    result.dispose();
  });
});

/** One parameter drawn to the column's numbers, by a loss that may hold anything. */
function descent(on: Backend, lossOf: (error: tf.Tensor) => tf.Tensor) {
  const parameters = new ActorCritic(
    on,
    INPUTS,
    discrete(2),
    { hidden: [], activation: "tanh", sharedTrunk: false, stateDependentStd: false, logStdInit: 0 },
    1,
  ).parameters;
  const target = column(on.heap, [INPUTS, 2]);
  const gradient = updater(on, parameters, adam(parameters), (): LossReport => {
    const error = tf.sub(parameters.tensors[0] as tf.Tensor, on.tensor(target));
    const rest = tf.addN(parameters.tensors.slice(1).map((tensor) => tf.sum(tf.square(tensor)))); // every parameter takes part
    const loss = tf.add(tf.sum(lossOf(error)), rest) as tf.Scalar;
    return { loss, diagnostics: { loss } };
  });
  const run = (steps: number) => {
    for (let step = 0; step < steps; step++) {
      target.data.set(drawn(target.length, randomNormals(step)));
      gradient.step(0.1);
    }
    return bitsOf(...parameters.list.map(({ column: { data } }) => data.slice()));
  };
  return { run, gradient };
}

describe("what can't be recorded", () => {
  const CASES: readonly (readonly [string, (error: tf.Tensor) => tf.Tensor, string])[] = [
    ["a kernel that we don't have", (error) => tf.square(tf.cumsum(error, 1)), "the kernel Cumsum"],
    [
      "reading numbers back",
      (error) => tf.mul(tf.square(error), error.dataSync()[0] as number),
      "reading a tensor's numbers into JavaScript",
    ],
    ["random numbers", (error) => tf.square(tf.add(error, tf.randomNormal(error.shape))), "a random number drawn in JavaScript"],
    ["dropout", (error) => tf.square(tf.dropout(error, 0.5)), "a random number drawn in JavaScript"],
  ];

  it.each(CASES)("%s goes the ordinary way, and says so once", async (_, lossOf, obstacle) => {
    const { run, gradient } = descent(await start(), lossOf);
    run(5);
    expect(gradient.obstacle).toBe(obstacle);
    expect(warn.mock.calls).toEqual([
      [`lanewise: updates run through TensorFlow.js one operation at a time, because ${obstacle} can't be recorded`],
    ]);
  });

  it.each(CASES.slice(0, 2))("%s still gives the right result", async (_, lossOf) => {
    const got = descent(await start(), lossOf).run(5);
    backend.dispose();
    expect(got).toBe(descent(unrecorded(await start()), lossOf).run(5));
  });

  it("random numbers differ from step to step", async () => {
    const seen = new Set<number>();
    const { run } = descent(await start(), (error) => {
      const noise = tf.randomNormal([1]);
      seen.add(noise.dataSync()[0] as number);
      return tf.square(tf.add(error, noise));
    });
    run(5);
    expect(seen.size).toBe(5);
    expect(Math.random.toString()).toContain("[native code]");
  });

  it("stock kernels are a choice, and nothing is said of it", async () => {
    const { run, gradient } = descent(await start("stock"), (error) => tf.square(error));
    run(2);
    expect(gradient.obstacle).toBe("kernels: stock");
    expect(warn).not.toHaveBeenCalled();
  });

  it("a loss that throws once does no harm to the steps that follow", async () => {
    let isBroken = true;
    const { run, gradient } = descent(await start(), (error) => {
      if (isBroken) throw new Error("no");
      return tf.square(error);
    });
    expect(() => run(1)).toThrow("no");
    expect(Math.random.toString()).toContain("[native code]");
    isBroken = false;
    const got = run(5);
    expect(gradient.obstacle).toBeUndefined();
    backend.dispose();
    expect(got).toBe(descent(await start(), (error) => tf.square(error)).run(5));
  });
});

describe("many runs one after the other", () => {
  it.each(["recorded", "with an obstacle"])("%s leave memory and tensors as they were", async (kind) => {
    const lossOf = (error: tf.Tensor) => (kind === "recorded" ? tf.square(error) : tf.square(tf.cumsum(error, 1)));
    const once = async () => {
      await start();
      descent(backend, lossOf).run(3);
      const setting = { ...SETTING, ...(kind === "recorded" ? {} : { actionSpace: box([-1], [1]) }) };
      await updates(backend, setting);
      backend.dispose();
      const { numTensors, numBytes, numDataBuffers } = tf.memory();
      return { numTensors, numBytes, numDataBuffers, size: backend.heap.memory.buffer.byteLength };
    };
    const after = await once();
    for (let i = 0; i < 25; i++) expect(await once()).toEqual(after);
  });
});
