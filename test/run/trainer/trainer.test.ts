/** Training that goes on by itself, in a worker and in this thread; in the built package, since a worker needs files that exist. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { LaneColumns, Metrics, Trainer, TrainerOptions } from "../../../src/index.js";

const { createTrainer, environments, evaluate, train } = (await import(
  new URL("../../../dist/index.js", import.meta.url).href
)) as typeof import("../../../src/index.js");
const { corridor } = await import(new URL("corridor.mjs", import.meta.url).href);

let trainer: Trainer | undefined;
afterEach(() => trainer?.terminate());

const OPTIONS = { algo: "ppo", env: "CartPole-v1", seed: 5, totalSteps: 1024 } as const;
/** One that takes longer than any test. */
const ENDLESS = { ...OPTIONS, totalSteps: 1e9 };

async function begun(options: TrainerOptions): Promise<Trainer> {
  trainer = await createTrainer(options);
  return trainer;
}

describe.each([{ worker: true }, { worker: false }])("a trainer with %o", (options) => {
  it("streams the metrics, and comes to the weights, of the same run in a loop", async () => {
    const ours = await begun(options);
    const run = train(OPTIONS);
    expect(await ours.start(OPTIONS)).toEqual(run.config);
    const [seen, wanted]: Metrics[][] = [[], []];
    for await (const metrics of ours) seen?.push(metrics);
    for await (const metrics of run) wanted?.push(metrics);
    const untimed = (all?: Metrics[]) => all?.map(({ seconds, stepsPerSecond, ...rest }) => rest);
    expect(untimed(seen)).toEqual(untimed(wanted));
    expect(await ours.next()).toBeUndefined();
    const policy = await ours.policy();
    expect(policy.sha256).toBe((await run.policy()).sha256);
    expect(await ours.evaluate({ episodes: 5 })).toEqual(await evaluate(policy, { episodes: 5 }));
  });

  it("goes on without being asked, holds between iterations, and goes on again", async () => {
    const ours = await begun(options);
    await ours.start(ENDLESS);
    await sleep(20);
    await ours.pause();
    const held = await ours.columns();
    await sleep(50);
    expect(await ours.columns()).toEqual(held);
    const taken = held && steps(await ours.next());
    expect(taken).toBe(256); // the first iteration's metrics waited
    await ours.resume();
    let later: LaneColumns | undefined;
    for (let tries = 0; tries < 100; tries++) {
      later = await ours.columns();
      if (String(later?.states) !== String(held?.states)) break;
      await sleep(10);
    }
    expect(later?.states).not.toEqual(held?.states);
    await ours.stop();
    expect(await ours.columns()).toBeUndefined();
  });

  it("stops by itself after so many steps, with the policy of that iteration", async () => {
    const ours = await begun(options);
    await ours.start(OPTIONS, { stopAfter: 300 });
    while (await ours.next());
    const run = train(OPTIONS);
    for await (const { steps: taken } of run) if (taken >= 300) break;
    expect((await ours.policy()).sha256).toBe((await run.policy()).sha256);
  });

  it("stops at the next iteration and keeps the policy and the metrics of what was done", async () => {
    const ours = await begun(options);
    await ours.start(ENDLESS);
    await ours.next();
    await ours.stop();
    let last = 256;
    for (let metrics = await ours.next(); metrics; metrics = await ours.next()) last = metrics.steps;
    expect((await ours.policy()).header.training.steps).toBe(last);
  });

  it("shows what the lanes did and where they are", async () => {
    const ours = await begun(options);
    await ours.start({ ...ENDLESS, numEnvs: 5, steps: 64, batchSize: 64 });
    await ours.pause();
    const { numEnvs, states, rollout } = (await ours.columns()) as LaneColumns;
    expect([numEnvs, states.length, rollout?.steps, rollout?.observation.length]).toEqual([5, 20, 64, 65 * 5 * 4]);
    expect(rollout?.observation.subarray(64 * 20)).toEqual(states); // CartPole shows its whole state
    expect(rollout?.terminated.filter((isEnd) => isEnd === 1).length).toBeGreaterThan(0);
    expect(new Set(rollout?.action)).toEqual(new Set([0, 1]));
  });

  it("starts anew when it is started again", async () => {
    const ours = await begun(options);
    await ours.start(ENDLESS);
    await ours.start({ ...OPTIONS, totalSteps: 256 });
    expect(steps(await ours.next())).toBe(256);
    expect(await ours.next()).toBeUndefined();
  });

  it("passes on errors with name, message and stack", async () => {
    const ours = await begun(options);
    await expect(ours.start({ ...OPTIONS, gamma: 2 })).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringContaining("gamma"),
      stack: expect.stringMatching(/gamma[\s\S]*core\/options\.[jt]s:\d+/),
    });
    await expect(ours.next()).rejects.toThrow("nothing was started");
    await ours.start({ ...OPTIONS, initialPolicy: "no-such-file" });
    await expect(ours.next()).rejects.toMatchObject({ name: "UsageError", message: "there is no policy file no-such-file" });
  });

  it("plays a policy that it is given", async () => {
    const policy = await trained();
    const ours = await begun(options);
    await ours.load(await policy.bytes());
    expect(await ours.evaluate({ episodes: 5 })).toEqual(await evaluate(policy, { episodes: 5 }));
    expect((await ours.policy()).sha256).toBe(policy.sha256);
    await expect(ours.load(new Uint8Array(3))).rejects.toMatchObject({ name: "PolicyFormatError" });
  });

  it("begins with a policy that it is given", async () => {
    const initialPolicy = await trained();
    const ours = await begun(options);
    await ours.start({ ...OPTIONS, totalSteps: 256, initialPolicy });
    while (await ours.next());
    const run = train({ ...OPTIONS, totalSteps: 256, initialPolicy });
    for await (const _ of run);
    expect((await ours.policy()).sha256).toBe((await run.policy()).sha256);
  });

  it("rejects what is pending when it is terminated", async () => {
    const ours = await begun(options);
    await ours.start(ENDLESS);
    await ours.pause();
    while (!(await isEmpty(ours)));
    const pending = [ours.next(), ours.evaluate({ episodes: 100_000 })];
    ours.terminate();
    for (const promise of pending) await expect(promise).rejects.toThrow("training was terminated");
    await expect(ours.policy()).rejects.toThrow("training was terminated");
  });
});

/** Takes metrics until none come within a moment; the last call stays pending. */
async function isEmpty(ours: Trainer): Promise<boolean> {
  return (await Promise.race([ours.next(), sleep(20, "none")])) === "none";
}

const steps = (metrics: Metrics | undefined) => metrics?.steps;

async function trained() {
  const run = train({ ...OPTIONS, totalSteps: 256 });
  for await (const _ of run);
  return run.policy();
}

describe("a worker", () => {
  it.each([
    ["throws while it loads", "throw new RangeError('broken')", "the training worker died: broken"],
    ["exits", "process.exit(3)", "the training worker died: exit code 3"],
    ["fails later", "setTimeout(() => { throw new RangeError('late') }, 20)", "the training worker died: late"],
  ])("that %s rejects what is pending", async (_, code, message) => {
    const ours = await begun({ worker: `data:text/javascript,${code}` });
    const pending = [ours.start(OPTIONS), ours.next(), ours.pause()];
    for (const promise of pending) await expect(promise).rejects.toThrow(message);
    await expect(ours.stop()).rejects.toThrow(message);
  });

  it("is given the memory of policies, not a copy", async () => {
    const policy = await trained();
    const ours = await begun({});
    const [first, loaded] = [await policy.bytes(), await policy.bytes()];
    const part = new Uint8Array([0, ...first]).subarray(1);
    await ours.start({ ...OPTIONS, initialPolicy: first });
    await ours.load(loaded);
    await ours.load(part);
    expect([first.byteLength, loaded.byteLength, part.byteLength]).toEqual([0, 0, (await policy.bytes()).byteLength]);
  });

  it("takes environments from modules of WebAssembly and of JavaScript, and refuses mere functions", async () => {
    const ours = await begun({});
    const renamed = { ...environments["CartPole-v1"], id: "Mine-v0" };
    for (const env of [renamed, corridor]) {
      const config = await ours.start({ ...OPTIONS, env, totalSteps: 256 });
      expect(config.env).toBe(env.id);
      while (await ours.next());
      const run = train({ ...OPTIONS, env, totalSteps: 256 });
      for await (const _ of run);
      expect((await ours.policy()).sha256).toBe((await run.policy()).sha256);
      expect((await ours.evaluate({ episodes: 2 })).episodes).toBe(2);
    }
    const { source: _, ...sourceless } = corridor;
    await expect(ours.start({ ...OPTIONS, env: sourceless })).rejects.toThrow("Corridor-v0 is made of functions");
    await expect(ours.start({ ...OPTIONS, env: { ...corridor, id: "Other-v0" } })).rejects.toThrow("exports no environment Other-v0");
  });
});

describe("what a worker answers with", () => {
  it("is handed over: columns and policies leave nothing behind", async () => {
    const { MessageChannel } = await import("node:worker_threads");
    const { expose, wrap } = await import("comlink");
    const { default: nodeEndpoint } = await import("comlink/dist/esm/node-adapter.mjs");
    const { TrainerService } = await import("../../../src/run/trainer-service.js");
    const answers: ArrayBufferLike[] = [];
    class Watched extends TrainerService {
      override async columns() {
        const columns = await super.columns();
        const { steps: _, ...arrays } = columns?.rollout ?? { steps: 0 };
        answers.push(...[columns?.states, ...Object.values(arrays)].map((array) => (array as Float32Array).buffer));
        return columns;
      }
      override async policyBytes() {
        const bytes = await super.policyBytes();
        answers.push(bytes.buffer);
        return bytes;
      }
    }
    const { port1, port2 } = new MessageChannel();
    expose(new Watched(), nodeEndpoint(port1));
    const service = wrap<InstanceType<typeof TrainerService>>(nodeEndpoint(port2));
    try {
      await service.startPacked({ env: { kind: "built-in", id: "CartPole-v1" }, options: ENDLESS });
      await service.pause();
      expect((await service.columns())?.states.length).toBe(8 * 4);
      expect((await service.policyBytes()).byteLength).toBeGreaterThan(1000);
      await service.stop();
    } finally {
      port1.close();
    }
    expect(answers.map(({ byteLength }) => byteLength)).toEqual(Array(7).fill(0));
  });
});
