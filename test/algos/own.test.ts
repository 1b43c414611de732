/** Algorithms of one's own: what `lanewise/algorithm` gives is enough to write one, and `train` treats it as one of ours. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import * as parts from "../../src/algorithm.js";
import { number } from "../../src/algorithm.js";
import { algorithms } from "../../src/algos/registry.js";
import { resume } from "../../src/run/checkpoints/resume.js";
import { type OwnTrainOptions, resolveConfig } from "../../src/run/config.js";
import { type Training, train } from "../../src/run/train.js";

const folder = mkdtempSync(join(tmpdir(), "lanewise-own-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A2C, written anew with what is given to everyone. */
const mine = parts.defineAlgorithm({
  id: "my-a2c",
  title: "A2C once more",
  paper: "none",
  fields: {
    ...parts.rolloutFields,
    gamma: number(0.99, "γ", { min: 0, max: 1 }),
    learningRate: parts.schedule(7e-4, "step size"),
    ...parts.lossFields,
    ...parts.networkFields,
  },
  presets: { "CartPole-v1": { totalSteps: 700, numEnvs: 4 } },
  check: ({ gamma }) => parts.ensure(gamma !== 0.5, () => "gamma is never 0.5"),

  async create(session, options) {
    const setup = await parts.setUpOnPolicy(session, options);
    const { network, rollout } = setup;
    const optimizer = parts.rmsProp(network.parameters, { decay: 0.99, epsilon: 1e-5, maxGradNorm: 0.5 });
    const batch = parts.stepsOf(rollout);
    const lossOf = () => parts.actorCriticLoss(network, parts.tensorsOf<parts.ActorCriticBatch>(session.backend, batch), options);
    const gradient = parts.updater(session.backend, network.parameters, optimizer, lossOf);
    const learn = (progress: number) => {
      rollout.estimateAdvantages(options.gamma, 1);
      gradient.step(parts.valueAt(options.learningRate, progress));
    };
    const metrics = () => gradient.means();
    return { acting: network.acting, learn: () => parts.alternate(rollout, network.parameters, session, { learn, metrics }) };
  },
});

const common = { env: "CartPole-v1", seed: 3, totalSteps: 3000, numEnvs: 4, steps: 5 } as const;

async function weightsAfter(run: Training): Promise<{ weights: Float32Array; algorithm: string }> {
  for await (const _ of run);
  const policy = await run.policy();
  return { weights: policy.logits(Float32Array.of(0.1, -0.2, 0.3, -0.4)), algorithm: policy.header.algorithm };
}

it("one that is written like ours learns the same bits as ours", async () => {
  const own = await weightsAfter(train({ ...common, algo: mine }));
  const ours = await weightsAfter(train({ ...common, algo: "a2c" }));
  expect(own.algorithm).toBe("my-a2c");
  expect(own.weights).toEqual(ours.weights);
});

it("its presets, defaults, ranges and checks count as ours do", () => {
  const options = (given: Partial<OwnTrainOptions<(typeof mine)["fields"]>>) => ({ algo: mine, env: "CartPole-v1", ...given }) as const;
  expect(resolveConfig(options({}))).toMatchObject({ algo: "my-a2c", totalSteps: 700, options: { numEnvs: 4, gamma: 0.99 } });
  expect(() => train(options({ gamma: 2 }))).toThrow("option gamma of my-a2c is a number from 0 to 1, not 2 (default 0.99)");
  expect(() => train(options({ gamma: 0.5 }))).toThrow("gamma is never 0.5");
});

it("it leaves checkpoints, which another run resumes to the bit", async () => {
  const whole = await weightsAfter(train({ ...common, algo: mine }));
  for await (const { steps } of train({ ...common, algo: mine, checkpoint: { store: folder, every: 1000 } })) if (steps >= 1500) break;
  expect(await weightsAfter(await resume(folder))).toEqual(whole);
});

it("another with the same id is refused", () => {
  expect(() => train({ ...common, algo: { ...mine } })).toThrow("there is an algorithm my-a2c already; give yours another id");
  expect(() => train({ ...common, algo: { ...mine, id: "ppo" } })).toThrow("there is an algorithm ppo already");
  expect(Object.hasOwn(algorithms, "my-a2c")).toBe(true);
});
