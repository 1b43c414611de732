/** A3C's workers as the learner sees them: threads of their own, or turns in this one. */
import { startThread, type Thread } from "../../core/thread.js";
import type { CompiledSpec } from "../../envs/spec.js";
import type { BackendName, KernelChoice } from "../../nn/backend.js";
import { hasKernels } from "../../nn/kernels/register.js";
import type { Session } from "../algorithm.js";
import { type ActorLearnerOptions, type Contribution, createActorLearner } from "./actor-learner.js";

export interface CrewMember {
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

/** What a thread answers. */
export type Answer = { readonly contribution: Contribution } | { readonly failure: string };

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
  let given: Float64Array = new Float64Array();
  return {
    give: (parameters) => {
      given = parameters;
    },
    take: () => worker.contribute(given),
    dispose: () => undefined,
  };
}

/** A worker in a thread. What is pending rejects when it fails or dies. */
export async function threadOf(assignment: Assignment): Promise<CrewMember> {
  const name = `A3C worker ${assignment.index}`;
  const thread: Thread = await startThread(new URL("./a3c-worker.js", import.meta.url), name);
  const death = new Promise<never>((_, reject) => thread.onDeath(reject));
  death.catch(() => undefined); // only who waits for an answer needs to hear of it
  let receive: (answer: Answer) => void = () => undefined;
  let answer = new Promise<Answer>(() => undefined);
  thread.onMessage((message) => receive(message as Answer));
  thread.post(assignment);
  return {
    give(parameters) {
      answer = new Promise((resolve) => {
        receive = resolve;
      });
      thread.post(parameters);
    },
    async take() {
      const given = await Promise.race([answer, death]);
      if ("failure" in given) throw new Error(`the ${name} failed: ${given.failure}`);
      return given.contribution;
    },
    dispose: thread.terminate,
  };
}
