/**
 * Environments of your own in TypeScript: `defineEnvironment` makes of a class with `reset` and `step` what every algorithm
 * trains on, with lanes, time limit and autoreset; `defineAsyncEnvironment` does so where answers take their time.
 *
 *     const spec = defineEnvironment({ id: "Maze-v0", create: () => new Maze(), timeLimit: 200 });
 *     for await (const metrics of train({ algo: "ppo", env: spec })) …
 */
import { ensure } from "../core/errors.js";
import type { Space } from "../core/spaces.js";
import { asyncKernels } from "./async-kernels.js";
import type { AsyncEnvironment, Environment } from "./environment.js";
import { type ClosableKernels, hostKernels, isStateful, NO_STATE } from "./host-kernels.js";
import { wrongSpace } from "./host-values.js";
import type { EnvironmentSpec, HostedSpec } from "./spec.js";

interface Definition {
  /** A name of letters, digits, `-`, `_` and `.`, by custom with a version: "Maze-v0". */
  readonly id: string;
  /** Steps after which an episode is truncated; 0 for none. The environment itself doesn't count them. */
  readonly timeLimit: number;
  /** Mean return over 100 episodes from which the task counts as solved. */
  readonly rewardThreshold?: number;
  /** `import.meta.url` of a module that exports the result: with it, workers can make the environment too. */
  readonly source?: string | URL;
}

/** What {@link defineEnvironment} takes. */
export interface EnvironmentDefinition<Obs extends Space, Act extends Space> extends Definition {
  /** Makes the environment of one lane, a new one in each call. Called once more at once, for the spaces. */
  readonly create: (lane: number) => Environment<Obs, Act>;
}

/** What {@link defineAsyncEnvironment} takes. */
export interface AsyncEnvironmentDefinition<Obs extends Space, Act extends Space> extends Definition {
  readonly observationSpace: Obs;
  readonly actionSpace: Act;
  /** Seconds within which create, reset and step must answer, else the run ends with an error; without limit unless given. */
  readonly answerTimeout?: number;
  /** Makes the environment of one lane, a new one in each call. */
  readonly create: (lane: number) => AsyncEnvironment<Obs, Act> | Promise<AsyncEnvironment<Obs, Act>>;
}

/** The spec of an environment in TypeScript, which remembers how one is made. */
export interface CustomSpec extends HostedSpec {
  /** Whether its environments may answer in promises. */
  readonly isAsync: boolean;
  readonly create: (lane: number) => Environment | AsyncEnvironment | Promise<AsyncEnvironment>;
}

/** The spec of an environment that answers at once. */
export function defineEnvironment<Obs extends Space, Act extends Space>(definition: EnvironmentDefinition<Obs, Act>): CustomSpec {
  const { create } = definition as unknown as EnvironmentDefinition<Space, Space>;
  const example = create(0);
  const { observationSpace, actionSpace } = example;
  const task = { ...describe(definition), observationSpace, actionSpace };
  const whyNoState = isStateful(example) ? {} : { whyNoState: NO_STATE };
  example.close?.();
  ensureSpaces(task);
  return { ...task, ...whyNoState, isAsync: false, create, kernels: (heap) => hostKernels(task, create, heap) };
}

/** The spec of an environment that answers in promises. Its lanes step side by side; a rollout waits for the slowest. */
export function defineAsyncEnvironment<Obs extends Space, Act extends Space>(definition: AsyncEnvironmentDefinition<Obs, Act>): CustomSpec {
  const { create, observationSpace, actionSpace, answerTimeout } = definition as unknown as AsyncEnvironmentDefinition<Space, Space>;
  const task = { ...describe(definition), observationSpace, actionSpace };
  ensureSpaces(task);
  ensureTimeout(task.id, answerTimeout);
  const whyNoState = "the states of asynchronous environments can't be taken out or put in";
  return { ...task, whyNoState, isAsync: true, create, kernels: (heap) => asyncKernels(task, create, heap, answerTimeout) };
}

/** The spec, remembering what is made from it, so that all of it can be closed at once. */
export function closable(spec: EnvironmentSpec): { readonly spec: EnvironmentSpec; close(): Promise<void> } {
  if (!("kernels" in spec)) return { spec, close: async () => {} };
  const made: Partial<ClosableKernels>[] = [];
  async function kernels(...args: Parameters<HostedSpec["kernels"]>) {
    const one = await (spec as HostedSpec).kernels(...args);
    made.push(one);
    return one;
  }
  return { spec: { ...spec, kernels }, close: () => Promise.all(made.map((one) => one.close?.())).then(() => {}) };
}

/** The checked description of a definition; what isn't known stays out of it. */
function describe({ id, timeLimit, rewardThreshold, source }: Definition): Definition {
  ensure(/^[A-Za-z0-9][\w.-]*$/.test(id), () => `the id of an environment is a name such as "Maze-v0", not ${JSON.stringify(id)}`);
  ensure(Number.isSafeInteger(timeLimit) && timeLimit >= 0, () => `${id}: timeLimit is a number of steps, or 0 for none, not ${timeLimit}`);
  return { id, timeLimit, ...(rewardThreshold !== undefined && { rewardThreshold }), ...(source !== undefined && { source }) };
}

/** Timers count milliseconds in 31 bits. */
function ensureTimeout(id: string, seconds: number | undefined): void {
  const fits = seconds === undefined || (seconds > 0 && seconds <= 2e6);
  ensure(fits, () => `${id}: answerTimeout is a number of seconds above 0 and at most 2,000,000, not ${seconds}`);
}

function ensureSpaces({ id, observationSpace, actionSpace }: Pick<EnvironmentSpec, "id" | "observationSpace" | "actionSpace">): void {
  for (const [name, space] of Object.entries({ observationSpace, actionSpace })) {
    const complaint = wrongSpace(name, space);
    ensure(complaint === undefined, () => `${id}: ${complaint}`);
  }
}
