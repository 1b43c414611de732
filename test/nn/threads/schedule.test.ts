/** Recorded updates laid out for threads: the same bits in whatever order the threads come to their tasks between meetings. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Backend, startBackend } from "../../../src/nn/backend.js";
import type { Program } from "../../../src/nn/kernels/recorder.js";
import { decode, type Exports, encode } from "../../../src/nn/threads/code.js";
import { schedule, type Task } from "../../../src/nn/threads/schedule.js";
import { signaturesOf } from "../../../src/nn/threads/signatures.js";
import { randomNumbers } from "../../oracle/random.js";
import { actorCriticGradients, ppoGradients, type Recording } from "./recordings.js";

let backend: Backend;
beforeEach(async () => {
  backend = await startBackend("wasm");
});
afterEach(() => backend.dispose());

const RECORDINGS: readonly (readonly [string, () => Recording])[] = [
  ["PPO with discrete actions", () => ppoGradients(backend, "discrete")],
  ["PPO with continuous actions", () => ppoGradients(backend, "continuous")],
  ["an actor and twin critics", () => actorCriticGradients(backend)],
];

/** The tasks of a recorded program, divided as far as they can be. */
function tasksOf({ calls }: Program, threads: number): Task[][] {
  const signatures = signaturesOf(backend.kernels);
  const signed = calls.map(({ kernel = "", args }) => ({
    kernel,
    args,
    signature: signatures[kernel]?.(args) ?? { operands: [], cost: NaN },
  }));
  const bytes = Math.max(...signed.map(({ signature }) => signature.scratch?.bytes ?? 0));
  const scratch = Array.from({ length: threads }, () => backend.heap.allocate(bytes));
  return schedule(signed, threads, (thread) => scratch[thread] as number, 0);
}

/** Which of some threads goes next. */
type Order = (threads: readonly number[]) => number;

const random = randomNumbers(3);
const ORDERS: readonly (readonly [string, Order])[] = [
  ["first to last", (threads) => Math.min(...threads)],
  ["last to first", (threads) => Math.max(...threads)],
  ["at random", (threads) => threads[Math.floor(random() * threads.length)] as number],
];

/** Runs tasks on one thread as several might: each goes on, in the order given, until it must meet the others. */
function simulate(tasks: readonly (readonly Task[])[], next: Order): void {
  const kernels = backend.kernels as unknown as Exports;
  const places = tasks.map(() => 0);
  const isAt = (thread: number, what: "meet" | undefined) => tasks[thread]?.[places[thread] as number] === what;
  const all = tasks.map((_, thread) => thread);
  while (!all.every((thread) => isAt(thread, undefined))) {
    const running = all.filter((thread) => !isAt(thread, undefined) && !isAt(thread, "meet"));
    if (running.length === 0) {
      expect(all.every((thread) => isAt(thread, "meet"))).toBe(true);
      for (const thread of all) places[thread] = (places[thread] as number) + 1;
      continue;
    }
    const thread = next(running);
    const task = tasks[thread]?.[places[thread] as number] as Exclude<Task, "meet">;
    kernels[task.kernel]?.(...task.args);
    places[thread] = (places[thread] as number) + 1;
  }
}

describe.each(RECORDINGS)("%s", (_, make) => {
  it("calls only kernels that are known by name", () => {
    const signatures = signaturesOf(backend.kernels);
    const { calls } = make().program;
    expect(calls.filter(({ kernel = "" }) => !signatures[kernel]).map(({ name, kernel }) => `${name}: ${kernel}`)).toEqual([]);
  });

  it.each(ORDERS)("has the same bits on 2, 3 and 4 threads that come %s", (_order, order) => {
    const { program, redraw, bits } = make();
    for (const threads of [2, 3, 4]) {
      const tasks = tasksOf(program, threads);
      redraw(threads);
      simulate(tasks, order);
      const got = bits();
      redraw(0);
      program.replay();
      expect(bits()).not.toBe(got);
      redraw(threads);
      program.replay();
      expect(bits()).toBe(got);
    }
  });

  it("gives threads like work, and lets them meet less often than there are calls", () => {
    const { program } = make();
    const [first = [], second = []] = tasksOf(program, 2);
    const work = (tasks: readonly Task[]) => tasks.filter((task) => task !== "meet").length;
    expect(work(second)).toBeGreaterThan(program.calls.length / 2);
    const meetings = first.filter((task) => task === "meet").length;
    expect(meetings).toBe(second.filter((task) => task === "meet").length);
    expect(meetings).toBeLessThan(program.calls.length / 2);
  });

  it("needs its meetings: without them the bits differ", () => {
    const { program, redraw, bits } = make();
    const unmet = tasksOf(program, 2).map((tasks) => tasks.filter((task) => task !== "meet"));
    redraw(2);
    program.replay();
    const wanted = bits();
    redraw(3);
    program.replay();
    redraw(2);
    simulate(unmet, (threads) => Math.max(...threads));
    expect(bits()).not.toBe(wanted);
  });

  it("comes back from its code as it went in", () => {
    const exports = backend.kernels as unknown as Exports;
    for (const tasks of tasksOf(make().program, 2)) {
      const code = encode(tasks, exports);
      const address = backend.heap.allocate(code.byteLength);
      new Float64Array(backend.heap.memory.buffer, address, code.length).set(code);
      const steps = decode(backend.heap.memory, address, exports);
      expect(steps).toEqual(tasks.map((task) => (task === "meet" ? undefined : { run: exports[task.kernel], args: task.args })));
    }
  });
});
