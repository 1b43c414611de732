/** WebGPU for real, on a software GPU: what it computes is what WASM computes, and each iteration crosses once. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { TrainOptions } from "../../../src/index.js";
import { type Host, nodeHost, pageHost } from "./hosts.js";
import { BEST } from "./learning.js";
import { type TrainedRun, training } from "./program.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 }); // a software GPU beside other work

/** Of the loss and its parts, relative to 1 + their size. Measured: 8.5e-8. */
const LOSS_TOLERANCE = 1e-6;
/** Of gradients, relative to the largest component. Measured: 2.3e-7. */
const GRADIENT_TOLERANCE = 2e-6;
/** Of any parameter, after the handful of gradient steps below. Measured: 1.1e-6 (TRPO), at most 6.0e-8 (the others). */
const WEIGHT_TOLERANCE = 1e-5;

/** More than chance earns in learning.ts. Measured: -0.74 to -0.35 in first rollouts, -0.63 in the long run; the best is 0.7. */
const BY_CHANCE = -0.1;

const [NUM_ENVS, STEPS, EPOCHS] = [8, 8, 2];
const SIZE = NUM_ENVS * STEPS;
const PPO: TrainOptions = {
  ...{ algo: "ppo", env: "CartPole-v1", seed: 5, hidden: [8], numEnvs: NUM_ENVS, steps: STEPS, epochs: EPOCHS, batchSize: SIZE / 2 },
  totalSteps: 2 * SIZE,
};

/** The largest difference of the two runs' parameters. */
function distance(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));
}

let node: Host;
let page: Host;
beforeAll(async () => {
  [node, page] = await Promise.all([nodeHost(), pageHost()]);
});
afterAll(() => Promise.all([node?.close(), page?.close()]));

describe.each([
  ["Node", () => node],
  ["a page in Chromium", () => page],
])("in %s", (_, host) => {
  it("PPO's loss and its gradient are WASM's", async () => {
    const differences = await host().call("lossDifferences", "webgpu");
    expect(differences).toHaveLength(3);
    for (const { kind, loss, gradient, largestComponent } of differences) {
      expect(largestComponent, kind).toBeGreaterThan(0.01);
      expect(loss, kind).toBeLessThan(LOSS_TOLERANCE);
      expect(gradient, kind).toBeLessThan(GRADIENT_TOLERANCE);
    }
  });

  it("each iteration sends the rollout once and reads once, and PPO learns what it learns on WASM", async () => {
    const wanted = await training({ ...PPO, backend: "wasm" });
    const { crossings, weights } = await host().call("training", { ...PPO, backend: "webgpu" });
    const rollout = [SIZE, SIZE, SIZE, SIZE, SIZE, EPOCHS * SIZE, 4 * SIZE]; // five numbers of each step, the epochs' orders, observations
    expect(crossings[1]).toEqual({ reads: 1, uploads: rollout }); // the first sends besides what stays
    expect(distance(weights, wanted.weights)).toBeLessThan(WEIGHT_TOLERANCE);
  });
});

it("auto prefers WASM to a software GPU, and is then the run on WASM, bit for bit", async () => {
  const options = { ...PPO, totalSteps: 4 * SIZE };
  const { choice, weights } = await page.call("automatic", options);
  expect(choice.backend).toBe("wasm");
  expect(choice.milliseconds.webgpu).toBeGreaterThan(choice.milliseconds.wasm ?? Infinity);
  expect(weights).toEqual((await training({ ...options, backend: "wasm" })).weights);
});

it("where there is no GPU, not even a software one, WebGPU says so in one line", async () => {
  const host = await nodeHost({ VK_DRIVER_FILES: "/none.json", VK_ICD_FILENAMES: "/none.json" });
  expect(await host.call("refusal", "webgpu")).toBe(
    "UsageError: backend webgpu does not start here: WebGPU finds no adapter: a GPU with a driver is needed, or a software one such as SwiftShader. The backend wasm runs everywhere",
  );
  await host.close();
});

const OFF_POLICY = { hidden: [8], numEnvs: 4, trainFrequency: 2, bufferSize: 256, batchSize: 16, learningStarts: 16, gradientSteps: 1 };
const OTHERS: readonly TrainOptions[] = [
  { algo: "a2c", env: "CartPole-v1", hidden: [8], totalSteps: 80 },
  { algo: "trpo", env: "CartPole-v1", hidden: [8], numEnvs: 4, steps: 8, cgSteps: 3, batchSize: 16, criticEpochs: 1, totalSteps: 64 },
  {
    algo: "dqn",
    env: "CartPole-v1",
    ...OFF_POLICY,
    double: true,
    dueling: true,
    prioritised: true,
    targetUpdateInterval: 24,
    totalSteps: 32,
  },
  { algo: "sac", env: "Pendulum-v1", ...OFF_POLICY, totalSteps: 24 },
];

/** Here, since a gradient step of the software GPU takes half the time that it does in Node. */
describe("in a page in Chromium", () => {
  const learned: TrainedRun[] = [];
  beforeAll(async () => {
    const runs = OTHERS.map((options) => ({ ...options, backend: "webgpu" }) as const);
    learned.push(...(await page.call("trainings", runs)));
  });

  it.each(OTHERS.map((options, i) => [options.algo, options, i] as const))("%s learns what it learns on WASM", async (_, options, i) => {
    const wanted = await training({ ...options, backend: "wasm" });
    expect(distance(learned[i]?.weights ?? [], wanted.weights)).toBeLessThan(WEIGHT_TOLERANCE);
    expect(wanted.weights).not.toEqual((await training({ ...options, backend: "wasm", totalSteps: 1 })).weights);
  });

  it("PPO takes a small task from chance to the best there is, on every seed", async () => {
    const results = await page.call("learned", "webgpu", [1, 2, 3]);
    expect(results).toHaveLength(3);
    for (const { atFirst, inTheEnd } of results) {
      expect(atFirst).toBeLessThan(BY_CHANCE);
      expect(inTheEnd).toBeCloseTo(BEST, 5);
    }
  });
});
