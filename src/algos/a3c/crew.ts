/** A3C's workers as the learner sees them: threads of their own, or turns in this one. */
import type { Resumable, Snapshot } from "../../core/run-state.js";
import type { Thread } from "../../core/thread.js";
import type { CompiledSpec } from "../../envs/spec.js";
import type { BackendName, KernelChoice } from "../../nn/backend.js";
import { hasKernels } from "../../nn/kernels/register.js";
import { startA3cThread } from "../a3c-thread.js";
import type { Session } from "../algorithm.js";
import {
  type ActorLearnerOptions,
  type Contribution,
  contributionAsSnapshot,
  contributionIn,
  createActorLearner,
} from "./actor-learner.js";

/** Its state between two turns is that of its environments, and what it found out meanwhile. */
export interface CrewMember extends Resumable {
  /** Hands over parameters to work with. */
  give(parameters: Float64Array): void;
  /** What was found out with the parameters that were given last. */
  take(): Promise<Contribution>;
  dispose(): void;
}

/** All that a thread needs to begin. */
export interface Assignment {
  /** The environment, with its module's address as a text. */
  readonly spec: Omit<CompiledSpec, "module"> & { readonly module: string | WebAssembly.Module };
  readonly backend: BackendName;
  readonly kernels: KernelChoice;
  readonly seed: number;
  readonly options: ActorLearnerOptions;
  readonly index: number;
}

/** What a thread is asked for, or told: to contribute with these parameters, what its state is, or to go on from one. */
export type Order = { readonly parameters: Float64Array } | { readonly wanted: "snapshot" } | { readonly saved: Snapshot };

/** What a thread answers to each order. */
export type Answer = Contribution | Snapshot | { readonly failure: string } | undefined;

/**
 * @param threaded whether each is to be a thread, which only environments in modules of their own can follow: functions can't cross over.
 * Otherwise they take turns in this one. Both come to the same.
 */
export async function startCrew(session: Session, options: ActorLearnerOptions, size: number, threaded: boolean): Promise<CrewMember[]> {
  const { spec } = session;
  const crew: CrewMember[] = [];
  try {
    for (let index = 0; index < size; index++) {
      const joins =
        threaded && "module" in spec ? threadOf(assignmentOf(session, spec, options, index)) : turnTaker(session, options, index);
      crew.push(await joins);
    }
    return crew;
  } catch (error) {
    for (const member of crew) member.dispose();
    throw error;
  }
}

function assignmentOf({ backend, seed }: Session, spec: CompiledSpec, options: ActorLearnerOptions, index: number): Assignment {
  const module = spec.module instanceof URL ? spec.module.href : spec.module;
  return { spec: { ...spec, module }, backend: backend.name, kernels: hasKernels() ? "lanewise" : "stock", seed, options, index };
}

async function turnTaker(session: Session, options: ActorLearnerOptions, index: number): Promise<CrewMember> {
  const worker = await createActorLearner(session, options, index);
  return crewMember({
    contribute: (parameters) => worker.contribute(parameters),
    snapshot: async () => worker.state.snapshot(),
    restore: async (saved) => worker.state.restore(saved),
    begins: "when asked",
    dispose: () => undefined,
  });
}

/** A worker in a thread. What is pending rejects when it fails or dies. */
export async function threadOf(assignment: Assignment): Promise<CrewMember> {
  const name = `A3C worker ${assignment.index}`;
  const thread: Thread = await startA3cThread(name);
  const death = new Promise<never>((_, reject) => thread.onDeath(reject));
  death.catch(() => undefined); // only who waits for an answer needs to hear of it
  const waiting: ((answer: Answer) => void)[] = [];
  thread.onMessage((message) => waiting.shift()?.(message as Answer));
  thread.post(assignment);
  async function ask<A extends Answer>(order: Order): Promise<A> {
    const answer = new Promise<Answer>((resolve) => void waiting.push(resolve));
    thread.post(order);
    const given = await Promise.race([answer, death]);
    if (given && "failure" in given) throw new Error(`the ${name} failed: ${given.failure}`);
    return given as A;
  }
  return crewMember({
    contribute: (parameters) => ask({ parameters }),
    snapshot: () => ask({ wanted: "snapshot" }),
    restore: async (saved) => void (await ask({ saved })),
    begins: "at once",
    dispose: thread.terminate,
  });
}

/** A worker that does one thing after the other, wherever it is. */
interface Worker {
  contribute(parameters: Float64Array): Promise<Contribution>;
  snapshot(): Promise<Snapshot>;
  restore(saved: Snapshot): Promise<void>;
  /** When it should be called to contribute: as soon as there are parameters, or only when the contribution is waited for. */
  readonly begins: "at once" | "when asked";
  dispose(): void;
}

function crewMember(worker: Worker): CrewMember {
  let work: () => Promise<Contribution>;
  let begun: Promise<Contribution> | undefined;
  function take(): Promise<Contribution> {
    begun ??= work();
    begun.catch(() => undefined); // who waits for it hears of a failure
    return begun;
  }
  function plan(next: () => Promise<Contribution>, isDue: boolean): void {
    work = next;
    begun = undefined;
    if (isDue) take();
  }
  return {
    give: (parameters) => plan(() => worker.contribute(parameters), worker.begins === "at once"),
    take,
    async snapshot() {
      const found = await take();
      return { ...(await worker.snapshot()), ...contributionAsSnapshot(found) };
    },
    restore: (saved) => plan(() => worker.restore(saved).then(() => contributionIn(saved)), true),
    dispose: worker.dispose,
  };
}
