/** Threads at work, in the built package: a worker needs files that exist. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import type { TrainOptions } from "../../../src/index.js";
import type { Team } from "../../../src/nn/threads/team.js";

const built = (path: string) => import(new URL(`../../../dist/${path}`, import.meta.url).href);
const { train } = (await built("index.js")) as typeof import("../../../src/index.js");
const { startTeam } = (await built("nn/threads/team.js")) as typeof import("../../../src/nn/threads/team.js");
const { startBackend } = (await built("nn/backend.js")) as typeof import("../../../src/nn/backend.js");
const { ownHeap } = (await built("wasm/heap.js")) as typeof import("../../../src/wasm/heap.js");

/** The fingerprint of a trained policy, and the last loss. */
async function outcome(options: TrainOptions) {
  const run = train(options);
  let loss: number | undefined;
  for await (const metrics of run) loss = metrics.loss ?? metrics.valueLoss;
  return { sha256: (await run.policy()).sha256, loss };
}

describe("a run gives the same bits whatever the number of threads", () => {
  const RUNS: readonly (readonly [string, TrainOptions])[] = [
    [
      "ppo with discrete actions",
      { algo: "ppo", env: "CartPole-v1", seed: 3, numEnvs: 16, steps: 128, batchSize: 512, epochs: 4, totalSteps: 3 * 2048 },
    ],
    [
      "ppo with continuous actions",
      { algo: "ppo", env: "Pendulum-v1", seed: 4, numEnvs: 16, steps: 64, batchSize: 256, epochs: 4, totalSteps: 3 * 1024 },
    ],
    ["sac", { algo: "sac", env: "Pendulum-v1", seed: 5, hidden: [64, 64], batchSize: 128, learningStarts: 128, totalSteps: 400 }],
  ];

  it.each(RUNS)("%s", async (_, options) => {
    const wanted = await outcome(options);
    expect(await outcome({ ...options, threads: 2 })).toEqual(wanted);
    expect(await outcome({ ...options, threads: 3 })).toEqual(wanted);
  });
});

describe("a team", () => {
  let team: Team | undefined;
  afterEach(() => team?.dispose());

  async function start(threads: number) {
    const heap = ownHeap();
    team = await startTeam(threads, heap);
    if (!team) throw new Error("threads can share memory in Node");
    return { heap, team };
  }

  const fill = (address: number, count: number, bits: number) => ({ kernel: "fill", args: [address, count, bits], ranges: [] });

  it("does each thread's tasks, and those after a meeting with what others did before it", async () => {
    const { heap, team } = await start(3);
    const [a = 0, b = 0, c = 0] = [0, 1, 2].map(() => heap.allocate(64));
    const add = { kernel: "binaryAdd", args: [c, a, b, 1, 16, 0], ranges: [] };
    const [one, two] = [0x3f800000, 0x40000000];
    const work = team.prepare([
      ["meet", add],
      [fill(a, 16, one), "meet"],
      [fill(b, 16, two), "meet"],
    ]);
    for (let time = 0; time < 200; time++) {
      const words = new Float32Array(team.memory.buffer);
      words.fill(0, a >> 2, (c >> 2) + 16);
      team.run(work);
      expect([...words.subarray(c >> 2, (c >> 2) + 16)]).toEqual(Array(16).fill(3));
    }
  });

  it("follows a heap that grows", async () => {
    const { heap, team } = await start(2);
    for (let time = 1; time <= 5; time++) {
      const bytes = 2 ** (18 + time);
      const end = heap.allocate(bytes) + bytes;
      team.run(team.prepare([[fill(end - 32, 4, -time)], [fill(end - 16, 4, time)]]));
      const [a, b] = [Array(4).fill(-time), Array(4).fill(time)];
      expect([...new Int32Array(team.memory.buffer, end - 32, 8)]).toEqual([...a, ...b]);
    }
  });

  it("waits for nobody who failed: it throws, and goes on throwing", async () => {
    const { team } = await start(2);
    const work = team.prepare([[], [fill(-4096, 4, 0)]]);
    expect(() => team.run(work)).toThrow("a thread of the update failed");
    expect(() => team.run(work)).toThrow("a thread of the update failed");
    await new Promise((resolve) => setTimeout(resolve, 50)); // its death is news for the team, not an error of this process
  });

  it("says when a thread can't start", async () => {
    const { team, heap } = await start(2);
    const { memory } = team;
    const invitation = { memory, control: heap.allocate(512), threads: 2, thread: 1 };
    await expect(team.invite({ ...invitation, module: {} as WebAssembly.Module })).rejects.toThrow("the thread of the update died");
  });
});

describe("a backend", () => {
  it.each([
    ["wasm", "lanewise", 3, 3],
    ["wasm", "stock", 3, 1],
    ["cpu", "lanewise", 3, 1],
    ["wasm", "lanewise", 1, 1],
  ] as const)("%s with %s kernels that is asked for %i threads has %i", async (name, kernels, asked, threads) => {
    const backend = await startBackend(name, kernels, asked);
    expect(backend.threads).toBe(threads);
    backend.dispose();
  });

  it("has one thread where memory can't be shared", async () => {
    const { SharedArrayBuffer: shared } = globalThis;
    Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
    try {
      const backend = await startBackend("wasm", "lanewise", 2);
      expect(backend.threads).toBe(1);
      backend.dispose();
    } finally {
      globalThis.SharedArrayBuffer = shared;
    }
  });
});

it("a program that never disposes of its backend ends all the same", async () => {
  const url = new URL("../../../dist/nn/backend.js", import.meta.url).href;
  const text = `const { startBackend } = await import("${url}"); console.log((await startBackend("wasm", "lanewise", 2)).threads);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", text], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    timeout: 30_000,
  });
  expect(stdout).toBe("2\n");
});
