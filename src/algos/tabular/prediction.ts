/** What methods that estimate the state values of a given policy share. */
import { ensure } from "../../core/errors.js";
import type { Field } from "../../core/options.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import type { Learner, Session } from "../algorithm.js";
import { ActionValues } from "./action-values.js";
import { Behaviour } from "./behaviour.js";
import { type Agent, type SamplingOptions, sampledLearner, samplingFields } from "./sampling.js";
import { type Sizes, sizesOf } from "./sizes.js";
import { TablePolicy, type Tables } from "./table-policy.js";

export const policyFields = {
  policy: indices([], "what is evaluated: the action in each state, separated by commas; empty for all actions equally likely"),
};

export const predictionFields = { ...samplingFields, ...policyFields };

export interface PolicyOptions {
  readonly policy: readonly number[];
}

/** Refuses a policy that doesn't say for each state which of its actions to take. */
export function checkPolicy({ policy }: PolicyOptions, spec: EnvironmentSpec): void {
  const { states, actions } = sizesOf(spec);
  ensure(policy.length === 0 || policy.length === states, () => `policy has ${policy.length} actions, ${spec.id} has ${states} states`);
  const stray = policy.find((action) => action >= actions);
  ensure(stray === undefined, () => `policy has the action ${stray}; actions of ${spec.id} go from 0 to ${actions - 1}`);
}

/** π `[S,A]` */
export function probabilitiesOf({ policy }: PolicyOptions, sizes: Sizes): ActionValues {
  if (policy.length === 0) return new ActionValues(sizes, 1 / sizes.actions);
  const certain = new ActionValues(sizes);
  for (const [state, action] of policy.entries()) certain.add(state, action, 1);
  return certain;
}

/** The policy, and its values as a critic. Equal logits are a uniform policy, and the largest of a row is what is certain. */
export function evaluatedTables({ policy }: PolicyOptions, probabilities: ActionValues, v: Float64Array): Tables {
  return { kind: policy.length === 0 ? "categorical" : "greedy", actor: () => probabilities.table, critic: () => v };
}

/** A learner of the state values V `[S]` of the policy in the options. */
export async function predictionLearner(
  session: Session,
  options: SamplingOptions & PolicyOptions,
  agentOf: (v: Float64Array, behaviour: Behaviour) => Agent,
): Promise<Learner> {
  const sizes = sizesOf(session.spec);
  const v = new Float64Array(sizes.states).fill(options.initialValue);
  session.backend.state.learned("values", { v: { data: v } });
  const pi = probabilitiesOf(options, sizes);
  const behaviour = new Behaviour({ probabilities: (state) => pi.row(state) }, session.seed);
  return sampledLearner(session, options, {
    agent: agentOf(v, behaviour),
    policy: new TablePolicy(session.backend.heap, sizes, evaluatedTables(options, pi, v)),
    moveTo: () => ({}),
  });
}

/** A list of whole numbers from 0 on; on the command line separated by commas, "" for none. */
function indices(fallback: readonly number[], doc: string): Field<readonly number[]> {
  return {
    default: fallback,
    doc,
    range: "whole numbers separated by commas",
    parse(value) {
      const items: unknown[] = Array.isArray(value) ? value : String(value).split(",").filter(Boolean);
      const parsed = items.map(Number);
      return parsed.every((n) => Number.isSafeInteger(n) && n >= 0) ? parsed : undefined;
    },
  };
}
