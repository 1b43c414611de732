/** Environments that are known as tables, so that exact methods apply to them too. */
import { ensure } from "../../core/errors.js";
import { type Discrete, discrete } from "../../core/spaces.js";
import type { EnvironmentSpec, HostedSpec } from "../spec.js";
import { tabularKernels } from "./kernels.js";
import type { TransitionTable } from "./table.js";

export interface TabularSpec extends HostedSpec {
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete;
  readonly table: TransitionTable;
}

/** What a table says of its environment; an id and a time limit make it a specification. */
export function tabular(table: TransitionTable): Pick<TabularSpec, "observationSpace" | "actionSpace" | "table" | "kernels"> {
  return {
    observationSpace: discrete(table.states),
    actionSpace: discrete(table.actions),
    table,
    kernels: tabularKernels(table),
  };
}

/** The table of an environment; refuses those that have none. */
export function tableOf(spec: EnvironmentSpec): TransitionTable {
  ensure(
    isTabular(spec),
    () => `${spec.id} has no table of transitions; exact and tabular methods take environments such as FrozenLake-v1`,
  );
  return spec.table;
}

function isTabular(spec: EnvironmentSpec): spec is TabularSpec {
  return "table" in spec;
}
