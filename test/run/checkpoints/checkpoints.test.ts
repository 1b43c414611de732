/** Checkpoints: what is in one, which are kept, and what becomes of a run whose checkpoints are damaged or another's. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { UsageError } from "../../../src/core/errors.js";
import type { Numbers } from "../../../src/core/run-state.js";
import { box, discrete } from "../../../src/core/spaces.js";
import { VERSION } from "../../../src/core/version.js";
import { defineAsyncEnvironment, defineEnvironment } from "../../../src/envs/custom.js";
import type { HostRandom } from "../../../src/envs/host-random.js";
import { decodeCheckpoint, encodeCheckpoint } from "../../../src/run/checkpoints/file.js";
import type { CheckpointHeader } from "../../../src/run/checkpoints/header.js";
import { resume } from "../../../src/run/checkpoints/resume.js";
import { folderStore } from "../../../src/run/checkpoints/store.js";
import { type Training, type TrainOptions, train } from "../../../src/run/train.js";
import { type MemoryStore, memoryStore } from "../../oracle/checkpoints.js";
import { followed } from "../../oracle/runs.js";

const DIST = new URL("../../../dist/index.js", import.meta.url);
const PPO = {
  algo: "ppo",
  env: "CartPole-v1",
  seed: 5,
  totalSteps: 640,
  numEnvs: 4,
  steps: 16,
  batchSize: 32,
  epochs: 2,
  hidden: [8],
} as const;
const DQN = {
  algo: "dqn",
  env: "CartPole-v1",
  totalSteps: 4000,
  numEnvs: 1,
  hidden: [8],
  bufferSize: 8000,
  trainFrequency: 8,
  batchSize: 32,
} as const;

/** A run, and the checkpoints that it left: at 64 steps, 128, … */
async function leaving(options: TrainOptions, checkpoint: Partial<NonNullable<TrainOptions["checkpoint"]>> = {}) {
  const store = memoryStore();
  const { weights, metrics } = await followed(train({ ...options, checkpoint: { store, every: 64, keep: 99, ...checkpoint } }));
  return { store, weights, metrics, names: [...store.files.keys()].filter((name) => name !== "best.safetensors") };
}

const at = (steps: number) => `checkpoint-${steps}.safetensors`;

/** The store with some files changed: damaged, written by another. */
function withFiles(store: MemoryStore, files: Readonly<Record<string, Uint8Array>>): MemoryStore {
  return memoryStore(new Map([...store.files, ...Object.entries(files)]));
}

async function rewritten(store: MemoryStore, name: string, change: (header: CheckpointHeader) => CheckpointHeader): Promise<MemoryStore> {
  const { header, state } = await decodeCheckpoint(await store.read(name));
  return withFiles(store, { [name]: await encodeCheckpoint({ header: change(header), state }) });
}

describe("a checkpoint", () => {
  it("holds numbers of every kind as they were", async () => {
    const numbers = new Map<string, Numbers | number>([
      ["a/bytes", Uint8Array.of(1, 255, 3)],
      ["a/single", Float32Array.of(0.1, -0, Number.NaN, Infinity)],
      ["b/none", new Float64Array()],
      ["b/double", Float64Array.of(Math.PI, 5e-324)],
      ["c/signed", Int32Array.of(-1, 2 ** 31 - 1)],
      ["c/unsigned", Uint32Array.of(2 ** 32 - 1)],
      ["c/number", -0],
      ["c/nothing", Number.NaN],
    ]);
    const header = { formatVersion: 1, lanewise: VERSION, steps: 3 } as unknown as CheckpointHeader;
    const bytes = await encodeCheckpoint({ header, state: { numbers, omitted: ["replay"] } });
    const decoded = await decodeCheckpoint(bytes.slice());
    expect(decoded.header).toEqual(header);
    expect(decoded.state.omitted).toEqual(["replay"]);
    expect(decoded.state.numbers.size).toBe(numbers.size);
    for (const [name, value] of numbers) expect([name, decoded.state.numbers.get(name)]).toEqual([name, value]);
  });

  it("is read by others: every tensor lies where the header says, aligned, and without gaps", async () => {
    const { store } = await leaving(PPO, { every: 640 });
    const bytes = await store.read(at(640));
    const dataStart = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const { __metadata__: metadata, ...tensors } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, dataStart)));
    expect(Object.values(metadata).every((value) => typeof value === "string")).toBe(true);
    const size: Readonly<Record<string, number>> = { F64: 8, F32: 4, I32: 4, U32: 4, U8: 1 };
    let end = 0;
    for (const { dtype, shape, data_offsets: offsets } of Object.values(tensors) as {
      dtype: string;
      shape: number[];
      data_offsets: number[];
    }[]) {
      expect(offsets[0]).toBe(end);
      expect((dataStart + end) % (size[dtype] as number)).toBe(0);
      end += shape.reduce((product, n) => product * n, size[dtype] as number);
      expect(offsets[1]).toBe(end);
    }
    expect(dataStart + end).toBe(bytes.length);
  });
});

describe("of a run's checkpoints", () => {
  it("the latest are kept, and the best beside them", async () => {
    const { store, metrics } = await leaving(PPO, { keep: 2 });
    const [first, ...others] = [...store.files.keys()].toSorted();
    expect([first, others]).toEqual(["best.safetensors", [at(576), at(640)]]);
    const { header } = await decodeCheckpoint(await store.read("best.safetensors"));
    const best = metrics.reduce((a, b) => (b.meanReturn > a.meanReturn || Number.isNaN(a.meanReturn) ? b : a));
    expect(header).toMatchObject({ steps: best.steps, iteration: best.iteration, meanReturn: best.meanReturn, best: best.meanReturn });
  });

  it("there is one wherever a multiple of the interval was passed, and where the loop was left", async () => {
    expect((await leaving(PPO, { every: 200 })).names).toEqual([at(256), at(448), at(640)]);
    const store = memoryStore();
    for await (const { steps } of train({ ...PPO, checkpoint: { store, every: 10_000 } })) if (steps === 128) break;
    const training = await resume(store);
    expect(training.resumedAt).toEqual({ iteration: 2, steps: 128 });
    expect((await followed(training)).weights).toBe((await followed(train(PPO))).weights);
  });

  it("a resumed run leaves the same, byte for byte but for the time that they name", async () => {
    const { store } = await leaving(PPO);
    const early = memoryStore(new Map([...store.files].filter(([name]) => name === at(256) || name === "best.safetensors")));
    await followed(await resume(early, { checkpoint: { every: 64, keep: 99 } }));
    const timeless = async (from: MemoryStore, name: string) => {
      const { header, state } = await decodeCheckpoint(await from.read(name));
      return { header, numbers: new Map([...state.numbers].filter(([part]) => part !== "run/seconds")) };
    };
    for (const name of [at(320), at(640), "best.safetensors"]) {
      const [got, wanted] = [await timeless(early, name), await timeless(store, name)];
      expect(got.header).toEqual(wanted.header);
      expect(got.numbers).toEqual(wanted.numbers);
    }
  });

  it.each([
    [{ every: 0 }, "checkpoint.every is an integer of at least 1, not 0"],
    [{ keep: 0 }, "checkpoint.keep is an integer of at least 1, not 0"],
    [{ saveReplay: -1 }, "checkpoint.saveReplay is an integer of at least 0, not -1"],
  ])("%j is refused", (options, message) => {
    expect(() => train({ ...PPO, checkpoint: { store: memoryStore(), every: 64, ...options } })).toThrow(new UsageError(message));
  });
});

describe("a damaged checkpoint", () => {
  it("gives way to the one before it, and that is said", async () => {
    const { store, weights } = await leaving(PPO);
    const newest = await store.read(at(640));
    const flipped = (byte: number) => newest.map((value, i) => (i === byte ? value ^ 4 : value));
    const damages = [newest.subarray(0, 0), newest.subarray(0, 20), newest.subarray(0, -1), ...[3, 12, 60, 200, 5000].map(flipped)];
    for (const damaged of [...damages, flipped(newest.length - 1), new Uint8Array([...newest, 0])]) {
      const warn = vi.fn();
      const training = await resume(withFiles(store, { [at(640)]: damaged }), { warn });
      expect(training.resumedAt?.steps).toBe(576);
      expect(warn.mock.calls).toEqual([
        [expect.stringMatching(/^lanewise: checkpoint-640\.safetensors is damaged \(.+\); going on from checkpoint-576/)],
      ]);
    }
    const training = await resume(withFiles(store, { [at(640)]: flipped(70) }), { warn: () => undefined });
    expect((await followed(training)).weights).toBe(weights);
  });

  it("is an error where no other is whole, as it is to have none", async () => {
    const { store } = await leaving(PPO, { every: 320 });
    const none = withFiles(store, { [at(320)]: new Uint8Array(99), [at(640)]: new Uint8Array() });
    await expect(resume(none)).rejects.toThrow(
      /^no checkpoint in memory is whole: checkpoint-640\.safetensors is damaged \(.*\); checkpoint-320\.safetensors is damaged \(.*\)$/,
    );
    await expect(resume(memoryStore())).rejects.toThrow(new UsageError("memory holds no checkpoint"));
  });
});

describe("a checkpoint of another", () => {
  it("version is refused", async () => {
    const { store } = await leaving(PPO, { every: 640 });
    const older = await rewritten(store, at(640), (header) => ({ ...header, lanewise: "0.0.1" }));
    await expect(resume(older)).rejects.toThrow(
      new UsageError(`${at(640)} is of another version: lanewise ("0.0.1" there, "${VERSION}" here)`),
    );
    const newer = await rewritten(store, at(640), (header) => ({ ...header, formatVersion: 2 }));
    await expect(resume(newer)).rejects.toThrow("is of another version: formatVersion (2 there, 1 here)");
  });

  it("configuration is refused, with what differs", async () => {
    const { store } = await leaving(PPO, { every: 640 });
    await resume(store, { expected: { ...PPO } });
    await expect(resume(store, { expected: { ...PPO, seed: 6, gamma: 0.9 } as Partial<TrainOptions> })).rejects.toThrow(
      new UsageError(`${at(640)} is of another configuration: seed (5 there, 6 here), gamma (0.98 there, 0.9 here)`),
    );
    await expect(resume(store, { expected: { algo: "a2c" } })).rejects.toThrow('algo ("ppo" there, "a2c" here)');
  });

  it("environment is refused, with what differs", async () => {
    const { store } = await leaving(PPO, { every: 640 });
    await expect(resume(store, { env: "Acrobot-v1" })).rejects.toThrow(
      /is of another environment: id \("CartPole-v1" there, "Acrobot-v1" here\), observationSpace \(.*\), actionSpace \(.*\)$/,
    );
  });
});

describe("a replay buffer", () => {
  it("beyond the limit is left out: that is said when the run begins and when it is resumed, and the buffer is filled again", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { store } = await leaving(DQN, { every: 1000, saveReplay: 0 });
    expect(warn.mock.calls.join()).toMatch(/checkpoints leave out the replay, which is larger than the 0 MiB of saveReplay/);
    warn.mockRestore();
    const notes: string[] = [];
    const training = await resume(memoryStore(new Map([[at(2000), await store.read(at(2000))]])), {
      warn: (note) => void notes.push(note),
    });
    expect(notes).toEqual([expect.stringMatching(/checkpoint-2000\.safetensors does not hold the replay: the run fills it again/)]);
    const { metrics } = await followed(training);
    expect(metrics.map((m) => m["bufferSize"])).toEqual([1000, 2000]);
    expect(metrics.at(-1)?.steps).toBe(4000);
  });

  it("is held as far as it is filled", async () => {
    const { store } = await leaving(DQN, { every: 1000 });
    const filled = async (steps: number) =>
      (await decodeCheckpoint(await store.read(at(steps)))).state.numbers.get("replay/reward") as Numbers;
    expect([(await filled(1000)).length, (await filled(3000)).length]).toEqual([1000, 3000]);
  });
});

/** A walk whose place is a float64, pushed about by chance at every step. */
class Walk {
  readonly observationSpace = box([-99], [99]);
  readonly actionSpace = discrete(2);
  place = 0;
  #random: HostRandom | undefined;

  reset(random: HostRandom): number[] {
    this.#random = random;
    this.place = 0;
    return [this.place];
  }

  step(action: number) {
    this.place += (action - 0.5) / 3 + (this.#random?.normal() ?? 0) / 7;
    return { observation: [this.place], reward: -Math.abs(this.place), terminated: Math.abs(this.place) > 3 };
  }
}

class StatefulWalk extends Walk {
  state(): number[] {
    return [this.place];
  }

  setState([place = 0]: Float64Array | Float32Array): void {
    this.place = place;
  }
}

describe("an environment in TypeScript", () => {
  const of = (create: () => Walk) => defineEnvironment({ id: "Walk-v0", timeLimit: 50, create });

  it("is resumed to the bit if it has a state, chance within an episode included", async () => {
    const options = { ...PPO, env: of(() => new StatefulWalk()), normalizeReward: true } as const;
    const { store, weights } = await leaving(options);
    const early = memoryStore(new Map([[at(192), await store.read(at(192))]]));
    expect((await followed(await resume(early, { env: of(() => new StatefulWalk()) }))).weights).toBe(weights);
  });

  it("without a state is refused at once, with what to write; others train on", async () => {
    const env = of(() => new Walk());
    const checkpoint = { store: memoryStore(), every: 64 };
    expect(() => train({ ...PPO, env, checkpoint })).toThrow(
      new UsageError("no checkpoint can be taken of Walk-v0: define state() and setState(values) to take it out and put it in"),
    );
    expect((await followed(train({ ...PPO, env }))).metrics.length).toBe(10);
    const slow = defineAsyncEnvironment({
      id: "Slow-v0",
      timeLimit: 9,
      observationSpace: box([0], [1]),
      actionSpace: discrete(2),
      create: async () => new Walk(),
    });
    expect(() => train({ ...PPO, env: slow, checkpoint })).toThrow(/no checkpoint can be taken of Slow-v0/);
  });
});

describe("wherever it trains", () => {
  it("a run on the cpu backend is resumed to the bit", async () => {
    const options = { ...PPO, backend: "cpu", totalSteps: 192 } as const;
    const { store, weights } = await leaving(options);
    expect((await followed(await resume(memoryStore(new Map([[at(64), await store.read(at(64))]]))))).weights).toBe(weights);
  });

  it("a run on stock kernels", async () => {
    const options = { ...PPO, kernels: "stock", totalSteps: 256 } as const;
    const { store, weights } = await leaving(options);
    expect((await followed(await resume(memoryStore(new Map([[at(128), await store.read(at(128))]]))))).weights).toBe(weights);
  });

  it.each([
    ["ppo", { ...PPO, workers: 2, normalizeObservation: true, frameStack: 2 }],
    ["a3c", { algo: "a3c", env: "CartPole-v1", totalSteps: 3000, workers: 2, hidden: [8] }],
  ] as const)("%s in threads of its own", async (_, options) => {
    const built: Pick<typeof import("../../../src/index.js"), "train" | "resume"> = await import(DIST.href);
    const store = memoryStore();
    const whole = await followed(built.train({ ...options, checkpoint: { store, every: 64, keep: 99 } }) as Training);
    const names = [...store.files.keys()].filter((name) => name.startsWith("checkpoint"));
    const early = names[Math.floor(names.length / 3)] as string;
    const resumed = await followed((await built.resume(memoryStore(new Map([[early, await store.read(early)]])))) as Training);
    expect(resumed.metrics.length).toBeLessThan(whole.metrics.length);
    expect(resumed.weights).toBe(whole.weights);
  });
});

describe("a folder", () => {
  const root = mkdtempSync(join(tmpdir(), "lanewise-store-"));
  afterAll(() => rmSync(root, { recursive: true }));

  it("is made when the first checkpoint is written; half a file that a killed process left counts for nothing", async () => {
    const path = join(root, "deep/er");
    const store = folderStore(path);
    expect(await store.list()).toEqual([]);
    const { weights } = await followed(train({ ...PPO, checkpoint: { store: path, every: 320 } }));
    writeFileSync(join(path, ".unfinished"), "half");
    expect((await store.list()).toSorted()).toEqual(["best.safetensors", at(320), at(640)]);
    expect((await followed(await resume(path, { checkpoint: { every: 320 } }))).weights).toBe(weights);
    await store.remove(at(640));
    expect((await followed(await resume(path, { checkpoint: { every: 320, keep: 1 } }))).weights).toBe(weights);
    expect(readdirSync(path).toSorted()).toEqual(["best.safetensors", at(640)]);
  });
});
