/** One of the threads that work on an update together, but the first: it waits for work, and works. */
import { type Parent, parentThread } from "../../core/thread.js";
import { decode, type Exports } from "./code.js";
import { Lockstep, type Step } from "./lockstep.js";
import type { Invitation } from "./team.js";

void attend();

async function attend(): Promise<void> {
  const parent = await parentThread();
  parent.onMessage((message) => {
    join(parent, message as Invitation).catch((error: unknown) => {
      queueMicrotask(() => {
        throw error; // outside of the promise, so that the parent hears of it in every host
      });
    });
  });
}

/** Takes part until the thread is ended. */
async function join(parent: Parent, { module, memory, control, threads, thread }: Invitation): Promise<void> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const lockstep = new Lockstep(memory, control, threads);
  parent.post("ready");
  try {
    work(lockstep, thread, (address) => {
      memory.grow(0); // whereupon this thread sees what another has grown it by
      return decode(memory, address, exports as Exports);
    });
  } catch (error) {
    lockstep.fail();
    throw error;
  }
}

function work(lockstep: Lockstep, thread: number, stepsAt: (address: number) => Step[]): never {
  const known = new Map<number, Step[]>();
  for (;;) {
    const address = lockstep.started(thread);
    const steps = known.get(address) ?? stepsAt(address);
    known.set(address, steps);
    lockstep.run(steps, Infinity);
  }
}
