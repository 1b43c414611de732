/** What tests over the whole registry share: every environment, its scalar twin, Gymnasium's record of it, and actions to try. */
import { existsSync, readFileSync } from "node:fs";
import { environments } from "../../src/envs/registry.js";
import type { CompiledSpec, EnvironmentSpec } from "../../src/envs/spec.js";

export const registered: readonly EnvironmentSpec[] = Object.values(environments);

/** Those whose physics is compiled, and so have a scalar twin. */
export const compiled: readonly CompiledSpec[] = registered.filter(isCompiled);

export function isCompiled(spec: EnvironmentSpec): spec is CompiledSpec {
  return "module" in spec;
}

/** Tasks without terminal states: only the time limit ends their episodes. */
export const ENDLESS: ReadonlySet<string> = new Set(["Pendulum-v1"]);

/** Tasks in which chance has a say in every step, so that state and action don't decide what follows. */
export const SLIPPERY: ReadonlySet<string> = new Set(["FrozenLake-v1", "FrozenLake8x8-v1", "GridWorld-v0"]);

/** Tasks whose episodes all begin in the same state. */
export const SINGLE_START: ReadonlySet<string> = new Set(["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "GridWorld-v0"]);

/** The same environment compiled without the four-lane transform. */
export function scalarTwin(spec: CompiledSpec): CompiledSpec {
  return { ...spec, module: new URL((spec.module as URL).href.replace(/\.wasm$/, ".scalar.wasm")) };
}

/** Steps recorded from Gymnasium: step t takes `state[t]` by `action[t]` to `observation[t]`, `reward[t]` and `terminated[t]`. */
export interface Trace {
  readonly state: readonly (readonly number[])[];
  readonly action: readonly (number | readonly number[])[];
  readonly observation: readonly (readonly number[])[];
  readonly reward: readonly number[];
  readonly terminated: readonly boolean[];
}

/** One step of a {@link Trace}. */
export interface Transition {
  readonly state: readonly number[];
  readonly action: readonly number[];
  readonly observation: readonly number[];
  readonly reward: number;
  readonly terminated: boolean;
}

/** All recorded steps of an environment; none if there is no record. */
export function recordedTransitions({ id }: EnvironmentSpec): Transition[] {
  const file = new URL(`../fixtures/gymnasium/${id}.json`, import.meta.url);
  if (!existsSync(file)) return [];
  const { traces } = JSON.parse(readFileSync(file, "utf8")) as { traces: readonly Trace[] };
  return traces.flatMap((trace) =>
    trace.action.map((action, t) => ({
      state: trace.state[t] as readonly number[],
      action: [action].flat(),
      observation: trace.observation[t] as readonly number[],
      reward: trace.reward[t] as number,
      terminated: trace.terminated[t] as boolean,
    })),
  );
}

/** Continuous actions are drawn from their bounds and this much beyond, since environments clip by themselves. */
const BEYOND_BOUNDS = 1.25;

/** One action for each lane, `[N]` or `[N,A]`. */
export function randomActions({ actionSpace }: EnvironmentSpec, numEnvs: number, random: () => number): number[] {
  if (actionSpace.kind === "discrete") return Array.from({ length: numEnvs }, () => Math.floor(random() * actionSpace.n));
  return Array.from({ length: numEnvs }, () =>
    actionSpace.low.map((low, i) => {
      const [centre, half] = [(low + (actionSpace.high[i] as number)) / 2, ((actionSpace.high[i] as number) - low) / 2];
      return centre + BEYOND_BOUNDS * half * (2 * random() - 1);
    }),
  ).flat();
}
