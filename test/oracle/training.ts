/** Whole training runs for tests: what they reported, and the weights that they ended with. */
import type { Metrics } from "../../src/core/metrics.js";
import { decodePolicy, weightsSha256 } from "../../src/policy/format.js";
import { type Training, type TrainOptions, train } from "../../src/run/train.js";

/** A hash of the policy's weights as they now are. */
export async function weightsOf(training: Training): Promise<string> {
  return weightsSha256((await decodePolicy(await (await training.policy()).bytes())).tensors);
}

/** A run from its start to its end. */
export async function run(options: TrainOptions): Promise<{ metrics: Metrics[]; weights: string }> {
  const training = train(options);
  const metrics: Metrics[] = [];
  for await (const m of training) metrics.push(m);
  return { metrics, weights: await weightsOf(training) };
}
