/** `backend: "auto"`: gradient steps are timed, and the faster backend is the run's. Here WASM itself stands in for a GPU. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentOf } from "../../src/envs/registry.js";
import { box, defineEnvironment, discrete, watch } from "../../src/index.js";
import { BACKENDS, type Backend, type BackendName, startBackend } from "../../src/nn/backend.js";
import { chooseBackend, describeChoice, fastestBackend } from "../../src/run/backend-choice.js";
import { resume } from "../../src/run/checkpoints/resume.js";
import { type ResolvedConfig, resolveConfig } from "../../src/run/config.js";
import type { FinishedRun } from "../../src/run/fleet.js";
import { type Training, type TrainOptions, train } from "../../src/run/train.js";
import { createTrainer } from "../../src/run/trainer.js";
import { trialStore } from "../../src/run/trials/store.js";
import { memoryStore } from "../oracle/checkpoints.js";

const PPO = { algo: "ppo", env: "CartPole-v1", hidden: [8], numEnvs: 4, steps: 16, epochs: 4, batchSize: 16, totalSteps: 256 } as const;
/** Milliseconds that a slow backend needs besides, once it is asked whether all is done. */
const DELAY = 400;

/** Starts WASM under both names. The slow one says late that it has finished. */
function starting(slow: BackendName, started: BackendName[] = []): typeof startBackend {
  return async (name, kernels, threads): Promise<Backend> => {
    started.push(name);
    const backend = await startBackend("wasm", kernels, threads);
    const finished = () => new Promise<void>((resolve) => setTimeout(resolve, DELAY));
    return name === slow ? { ...backend, finished } : backend;
  };
}

const choose = (options: TrainOptions, start: typeof startBackend) =>
  fastestBackend(resolveConfig(options), environmentOf(options.env), start);

function fail(): never {
  throw new Error("made up");
}

async function followed(run: Training): Promise<{ weights: number[]; config: ResolvedConfig }> {
  for await (const _ of run);
  return { weights: [...(await (await run.policy()).bytes())], config: run.config };
}

describe("of two backends", () => {
  it.each([
    ["webgpu", "wasm"],
    ["wasm", "webgpu"],
  ] as const)("a slow %s isn't chosen", async (slow, fast) => {
    const { backend, milliseconds } = await choose(PPO, starting(slow));
    expect(backend).toBe(fast);
    expect(milliseconds[slow]).toBeGreaterThan(milliseconds[fast] as number);
    expect(milliseconds[slow]).toBeGreaterThan(DELAY / 8);
  });

  it.each<TrainOptions>([
    { algo: "dqn", env: "CartPole-v1", hidden: [8] },
    { algo: "trpo", env: "CartPole-v1", hidden: [8] },
    { algo: "a3c", env: "CartPole-v1", hidden: [8], threaded: false },
  ])("$algo is timed by its own steps, however long it collects before them", async (options) => {
    const { milliseconds } = await choose(options, starting("webgpu"));
    expect(milliseconds.wasm).toBeGreaterThan(0);
  });

  it.each([
    ["starts", async () => Promise.reject(new Error("no GPU"))],
    ["computes", async (...args: Parameters<typeof startBackend>) => ({ ...(await starting("cpu")(...args)), record: () => fail() })],
  ])("one that never %s isn't chosen, nor an error", async (_, broken) => {
    const start: typeof startBackend = (name, ...rest) => (name === "webgpu" ? broken(name, ...rest) : startBackend(name, ...rest));
    const { backend, milliseconds } = await choose(PPO, start);
    expect({ backend, measured: Object.keys(milliseconds) }).toEqual({ backend: "wasm", measured: ["wasm"] });
  });

  it("WASM's own errors are", async () => {
    const broken: typeof startBackend = async (...args) => ({ ...(await startBackend(...args)), record: () => fail() });
    await expect(choose(PPO, broken)).rejects.toThrow("made up");
  });

  it("none is tried for tables, which take no gradient steps", async () => {
    const started: BackendName[] = [];
    const choice = await choose({ algo: "value-iteration", env: "FrozenLake-v1" }, starting("cpu", started));
    expect(choice).toEqual({ backend: "wasm", milliseconds: {} });
    expect(started).toEqual(["wasm"]);
  });
});

it("environments of one's own aren't played", async () => {
  let steps = 0;
  const env = defineEnvironment({
    id: "Counting-v0",
    timeLimit: 5,
    create: () => ({
      observationSpace: box([1, -Infinity], [2, Infinity]),
      actionSpace: discrete(2),
      reset: () => [1, 0],
      step: () => ({ observation: [1, ++steps], reward: 0, terminated: false }),
    }),
  });
  expect((await chooseBackend({ ...PPO, env })).milliseconds.wasm).toBeGreaterThan(0);
  expect(steps).toBe(0);
});

describe("a run with backend auto", () => {
  it("is the run that its config names, bit for bit, and so are its checkpoints", async () => {
    const store = memoryStore();
    const run = watch(train({ ...PPO, backend: "auto", checkpoint: { store, every: 64, keep: 100 } }), []);
    expect(run.config.backend).toBe("auto");
    const { config, weights } = await followed(run);
    expect(BACKENDS).toContain(config.backend);
    expect(config).toEqual({ ...run.config, backend: config.backend });
    expect(weights).toEqual((await followed(train({ ...PPO, backend: config.backend }))).weights);
    const [name = "", file = new Uint8Array()] = [...store.files][0] ?? [];
    const resumed = await followed(await resume(memoryStore(new Map([[name, file]])), { expected: { backend: "auto" } }));
    expect(resumed).toEqual({ config, weights });
  });

  it("of a trainer has chosen when it starts", async () => {
    const trainer = await createTrainer({ worker: false });
    expect(BACKENDS).toContain((await trainer.start({ ...PPO, backend: "auto" })).backend);
    await trainer.stop();
  });
});

it("a finished trial is that of a run with auto, whatever backend it chose, and not of one on another", () => {
  const folder = mkdtempSync(join(tmpdir(), "trials-"));
  const config = resolveConfig(PPO);
  trialStore(folder).save("one", {
    config,
    steps: 1,
    seconds: 1,
    curve: [],
    evaluation: { meanReturn: 1, stdReturn: 0, returns: [1], episodes: 1 },
  } as unknown as FinishedRun);
  const isFound = (backend: BackendName | "auto") => trialStore(folder).find("one", { ...config, backend }, 1) !== undefined;
  expect([isFound("auto"), isFound("wasm"), isFound("cpu")]).toEqual([true, true, false]);
  rmSync(folder, { recursive: true });
});

it("what was chosen is said in a line", () => {
  const lines = [{ wasm: 0.4123, webgpu: 212.3 }, { wasm: 12.34 }, {}].map((milliseconds) =>
    describeChoice({ backend: "wasm", milliseconds }),
  );
  expect(lines).toEqual([
    "backend wasm chosen: 0.41 ms a step, webgpu 210 ms",
    "backend wasm chosen: 12 ms a step, and no other that starts here",
    "backend wasm chosen: the run takes too few gradient steps to compare",
  ]);
});
