/** Runs of algorithms from outside: what they report, what they warn of, and the weights that they end with. */
import { expect, vi } from "vitest";
import type { Metrics } from "../../src/core/metrics.js";
import { weightsSha256 } from "../../src/policy/encode.js";
import { decodePolicy } from "../../src/policy/format.js";
import type { Policy } from "../../src/policy/policy.js";
import { type Training, type TrainOptions, train } from "../../src/run/train.js";

/** A few updates in float32 by other kernels: sums in another order. Measured: 3.3e-6. */
const SAME_START_TOLERANCE = 1e-4;

export interface Run {
  readonly metrics: readonly Metrics[];
  readonly policy: Policy;
  /** Of the policy and, if it has one, the value function, by name. */
  readonly tensors: Readonly<Record<string, Float32Array>>;
  readonly weights: string;
}

export const runOf = (options: TrainOptions): Promise<Run> => followed(train(options));

/** A run to its end. */
export async function followed(training: Training): Promise<Run> {
  const metrics = [];
  for await (const m of training) metrics.push(m);
  const policy = await training.policy();
  const { tensors } = await decodePolicy(await policy.bytes());
  const named = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));
  return { metrics, policy, tensors: named, weights: await weightsSha256(tensors) };
}

/** What this library warned of meanwhile: operations that can't be recorded. */
export async function warningsOf(work: () => Promise<unknown>): Promise<string[]> {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  try {
    await work();
    return warn.mock.calls.map(String).filter((message) => message.startsWith("lanewise:"));
  } finally {
    warn.mockRestore();
  }
}

/** Expects a run's first report to be the same, but for rounding, on another backend or with other kernels. */
export async function expectSameStart(options: TrainOptions, runtime: Pick<TrainOptions, "backend" | "kernels">): Promise<void> {
  const [wanted, got] = [(await runOf(options)).metrics[0], (await runOf({ ...options, ...runtime })).metrics[0]] as [Metrics, Metrics];
  expect(Object.keys(got)).toEqual(Object.keys(wanted));
  for (const [name, value] of Object.entries(wanted)) {
    if (["seconds", "stepsPerSecond"].includes(name)) continue;
    if (Number.isNaN(value)) expect(got[name], name).toBeNaN();
    else expect(Math.abs((got[name] as number) - value) / (1 + Math.abs(value)), name).toBeLessThan(SAME_START_TOLERANCE);
  }
}
