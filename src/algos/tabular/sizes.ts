/** What tables have rows and columns for: states and actions that are indices. */
import { ensure } from "../../core/errors.js";
import { describeSpace } from "../../core/spaces.js";
import type { EnvironmentSpec } from "../../envs/spec.js";

export interface Sizes {
  /** S */
  readonly states: number;
  /** A */
  readonly actions: number;
}

/** The sizes of an environment's tables; refuses one whose observations or actions are vectors. */
export function sizesOf({ id, observationSpace, actionSpace }: EnvironmentSpec): Sizes {
  const isDiscrete = observationSpace.kind === "discrete" && actionSpace.kind === "discrete";
  const spaces = () => `${describeSpace(observationSpace)} and ${describeSpace(actionSpace)}`;
  ensure(isDiscrete, () => `a tabular method needs discrete observations and actions, such as FrozenLake-v1 has; ${id} has ${spaces()}`);
  return { states: observationSpace.n, actions: actionSpace.n };
}
