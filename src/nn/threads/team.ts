/** Threads that work on one update together: workers, and a memory that they share with the thread that started them. */
import type { Thread } from "../../core/thread.js";
import type { Heap } from "../../wasm/heap.js";
import { MODULES } from "../../wasm/kernels.js";
import { loadModule } from "../../wasm/modules.js";
import { startUpdateThread } from "../update-thread.js";
import { decode, type Exports, encode } from "./code.js";
import { CONTROL_BYTES, Lockstep, type Step } from "./lockstep.js";
import type { Task } from "./schedule.js";

const PAGE = 65536;
/** As the module says: the most that 32 bits address. */
const MOST_PAGES = 65536;

/** What a worker needs to take part. */
export interface Invitation {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: number;
  readonly threads: number;
  /** Its number; 0 is the thread that invites. */
  readonly thread: number;
}

/** What a team runs, prepared once. */
export interface Work {
  readonly steps: readonly Step[];
  /** Where each thread's code stands. */
  readonly code: readonly number[];
}

/** Starts workers, or gives undefined where threads can't share memory or this one may not wait: in a page that is not isolated. */
export async function startTeam(threads: number, heap: Heap): Promise<Team | undefined> {
  const memory = threads > 1 && canWait() ? sharedMemory(heap) : undefined;
  if (!memory) return undefined;
  const module = await loadModule(MODULES.nnShared);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const control = heap.allocate(CONTROL_BYTES);
  const team = new Team(heap, memory, exports as Exports, control, threads);
  const invitations = Array.from({ length: threads - 1 }, (_, i) => team.invite({ module, memory, control, threads, thread: i + 1 }));
  const failed = (await Promise.allSettled(invitations)).find((answer) => answer.status === "rejected");
  if (failed) {
    team.dispose();
    throw failed.reason;
  }
  return team;
}

/** Whether threads can share memory here, and this one may wait for others. */
function canWait(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false; // the main thread of a page
  }
}

/** A memory in which every address of the heap exists: what is untouched of it takes no space. Undefined if there is no room for it. */
function sharedMemory({ memory }: Heap): WebAssembly.Memory | undefined {
  try {
    return new WebAssembly.Memory({ initial: memory.buffer.byteLength / PAGE, maximum: MOST_PAGES, shared: true });
  } catch {
    return undefined;
  }
}

export class Team {
  readonly #workers: Thread[] = [];
  readonly #lockstep: Lockstep;
  #death: Error | undefined;

  constructor(
    readonly heap: Heap,
    readonly memory: WebAssembly.Memory,
    readonly exports: Exports,
    control: number,
    readonly threads: number,
  ) {
    this.#lockstep = new Lockstep(memory, control, threads);
  }

  /** Starts a worker, which is there when this resolves. */
  async invite(invitation: Invitation): Promise<void> {
    const worker = await startUpdateThread();
    this.#workers.push(worker);
    await new Promise<void>((resolve, reject) => {
      worker.onDeath((reason) => {
        this.#death ??= reason;
        reject(reason);
      });
      worker.onMessage(() => resolve());
      worker.post(invitation);
    });
    worker.keep(false); // a program may end without disposing of its backend
  }

  /** Makes tasks ready to run, which touch no address beyond the heap's present end. */
  prepare(tasks: readonly (readonly Task[])[]): Work {
    const codes = tasks.map((own) => encode(own, this.exports));
    const code = codes.map(({ byteLength }) => this.heap.allocate(byteLength));
    this.#fit();
    codes.forEach((numbers, thread) => {
      new Float64Array(this.memory.buffer, code[thread], numbers.length).set(numbers);
    });
    return { steps: decode(this.memory, code[0] as number, this.exports), code };
  }

  /** Lets all threads work, and returns when all are done. Throws if one died. */
  run({ steps, code }: Work): void {
    if (this.#death) throw this.#death;
    try {
      this.#lockstep.start(code);
      this.#lockstep.run(steps);
    } catch (error) {
      this.#death = error as Error; // threads are out of step from here on
      throw error;
    }
  }

  /** Ends the workers. */
  dispose(): void {
    for (const worker of this.#workers.splice(0)) worker.terminate();
  }

  /** Grows the shared memory to the size of the heap's. */
  #fit(): void {
    const missing = this.heap.memory.buffer.byteLength - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(missing / PAGE);
  }
}
