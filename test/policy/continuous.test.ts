/** Policy files of every kind over vectors: what they act like, against float64 and an independent generator, and what they refuse. */
import { describe, expect, it } from "vitest";
import { PURPOSE } from "../../src/core/seeds.js";
import { box, discrete } from "../../src/core/spaces.js";
import { createPolicy } from "../../src/policy/encode.js";
import { type DistributionSpec, decodePolicy, type NamedTensor, PolicyFormatError } from "../../src/policy/format.js";
import { loadPolicy, type Policy } from "../../src/policy/policy.js";
import type { Activation } from "../../src/wasm/layers.js";
import { loadModule } from "../../src/wasm/modules.js";
import { squashed64 } from "../oracle/actor-critics.js";
import { clip64 } from "../oracle/losses.js";
import { stepNormals } from "../oracle/philox.js";
import { chain, gaussian, noise, type Parts } from "./samples.js";

/** Sums of a few float32 products through two layers, elementary functions, and the rescaling. Measured: 1.2e-7. */
const FLOAT32_TOLERANCE = 1e-6;

const SEED = 41;
const INPUTS = 3;
const ACTIONS = 2;
const [LOW, HIGH] = [
  [-0.5, -2],
  [0.5, 6],
];
const ROWS = 9;

const module = await loadModule(new URL("../../build/policy.wasm", import.meta.url));
const make = ({ header, tensors }: Parts): Promise<Policy> => createPolicy(header, tensors, module);

interface Kind {
  readonly distribution: DistributionSpec;
  /** Numbers that the actor puts out for each component. */
  readonly outputs: number;
  readonly last: Activation;
  /** Whether ±1 means the bounds. */
  readonly isRescaled: boolean;
  /** The action, before it is rescaled or clipped, that outputs and noise stand for. */
  readonly actionOf: (head: readonly number[], noise: readonly number[]) => number[];
}

const logStdOf = (head: readonly number[]) => head.slice(ACTIONS).map((l) => clip64(l, -20, 2));

const KINDS: readonly Kind[] = [
  {
    distribution: { kind: "gaussian" },
    outputs: 2,
    last: "linear",
    isRescaled: false,
    actionOf: (head, z) => z.map((x, k) => (head[k] as number) + Math.exp(logStdOf(head)[k] as number) * x),
  },
  {
    distribution: { kind: "squashedGaussian" },
    outputs: 2,
    last: "linear",
    isRescaled: true,
    actionOf: (head, z) => squashed64(head.slice(0, ACTIONS), logStdOf(head), z).action,
  },
  {
    distribution: { kind: "deterministic" },
    outputs: 1,
    last: "tanh",
    isRescaled: true,
    actionOf: (head) => [...head],
  },
];

/** A policy of a kind, with outputs large enough to reach the bounds now and then. */
function partsOf({ distribution, outputs, last }: Kind): Parts {
  const tensors = new Map<string, NamedTensor>();
  const actor = chain(tensors, "actor", [INPUTS, 5, outputs * ACTIONS], "relu");
  const layer = actor.at(-1) as (typeof actor)[number];
  const { header } = gaussian();
  const actionSpace = box(LOW as number[], HIGH as number[]);
  return { header: { ...header, actionSpace, actor: [...actor.slice(0, -1), { ...layer, activation: last }], distribution }, tensors };
}

const applied = ({ isRescaled }: Kind, action: readonly number[]) =>
  action.map((a, k) => {
    const [low, high] = [LOW?.[k] as number, HIGH?.[k] as number];
    return isRescaled ? low + (clip64(a, -1, 1) + 1) * 0.5 * (high - low) : clip64(a, low, high);
  });

const observationsOf = (seed: number) => noise(ROWS * INPUTS, seed).map((x) => 2 * x);
const rowOf = (data: ArrayLike<number>, row: number, size: number) =>
  Array.from({ length: size }, (_, k) => data[row * size + k] as number);

function expectActions(got: ArrayLike<number>, wanted: readonly number[][]): void {
  const errors = wanted.flat().map((x, i) => Math.abs((got[i] as number) - x) / (1 + Math.abs(x)));
  expect(got).toHaveLength(ROWS * ACTIONS);
  expect(Math.max(...errors)).toBeLessThan(FLOAT32_TOLERANCE);
}

describe.each(KINDS.map((kind) => ({ name: kind.distribution.kind, kind })))("a $name policy", ({ kind }) => {
  it("acts by its means within the bounds of the box", async () => {
    const policy = await make(partsOf(kind));
    const observations = observationsOf(1);
    const heads = policy.logits(observations);
    expect(heads).toHaveLength(ROWS * kind.outputs * ACTIONS);
    const none = Array<number>(ACTIONS).fill(0);
    const wanted = Array.from({ length: ROWS }, (_, row) => applied(kind, kind.actionOf(rowOf(heads, row, kind.outputs * ACTIONS), none)));
    expectActions(policy.actBatch(observations) as Float32Array, wanted);
    expect(new Set(wanted.flat()).size).toBeGreaterThan(ROWS);
  });

  it("samples by the noise of its seed, step after step, unless there is none to its actions", async () => {
    const policy = await make(partsOf(kind));
    policy.seed(SEED);
    for (let step = 0; step < 3; step++) {
      const observations = observationsOf(step);
      const heads = policy.logits(observations);
      const wanted = Array.from({ length: ROWS }, (_, row) => {
        const drawn = stepNormals(SEED, PURPOSE.acting, row, step, ACTIONS);
        return applied(kind, kind.actionOf(rowOf(heads, row, kind.outputs * ACTIONS), drawn));
      });
      expectActions(policy.actBatch(observations, { deterministic: false }) as Float32Array, wanted);
    }
  });

  it("is the same once it was written and read", async () => {
    const parts = partsOf(kind);
    const policy = await make(parts);
    const bytes = await policy.bytes();
    expect((await decodePolicy(bytes)).header).toEqual(parts.header);
    const loaded = await loadPolicy(bytes, { wasmModule: module });
    for (const deterministic of [true, false]) {
      expect(loaded.actBatch(observationsOf(5), { deterministic })).toEqual(policy.actBatch(observationsOf(5), { deterministic }));
    }
  });

  it("is refused over indices, and with another number of outputs", async () => {
    const parts = partsOf(kind);
    const overIndices = { ...parts, header: { ...parts.header, actionSpace: discrete(ACTIONS * kind.outputs) } };
    await expect(make(overIndices)).rejects.toThrow(`a ${kind.distribution.kind} distribution doesn't go with a discrete actionSpace`);
    const wrong = partsOf({ ...kind, outputs: 3 });
    await expect(make(wrong)).rejects.toThrow(PolicyFormatError);
    await expect(make(wrong)).rejects.toThrow(/the actor ends in 6 outputs, wanted [24]/);
  });
});

it("a gaussian policy's log-deviations are read from its outputs only where it names no tensor for them", async () => {
  const { header, tensors } = partsOf(KINDS[0] as Kind);
  tensors.set("logStd", { shape: [ACTIONS], data: new Float32Array(ACTIONS) });
  await expect(make({ header: { ...header, distribution: { kind: "gaussian", logStd: "logStd" } }, tensors })).rejects.toThrow(
    /the actor ends in 4 outputs, wanted 2/,
  );
});
