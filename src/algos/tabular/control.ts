/** What methods that learn action values from samples share: a table, and exploration around it. */
import type { OptionsOf } from "../../core/options.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import type { Learner, Session } from "../algorithm.js";
import { checkExploration, explorationFields } from "../exploration.js";
import { ActionValues } from "./action-values.js";
import { Behaviour, Exploration } from "./behaviour.js";
import { type Agent, sampledLearner, samplingFields } from "./sampling.js";
import { sizesOf } from "./sizes.js";
import { TablePolicy } from "./table-policy.js";

export const controlFields = { ...samplingFields, ...explorationFields };

export type ControlOptions = OptionsOf<typeof controlFields>;

export function checkControl(options: ControlOptions, spec: EnvironmentSpec): void {
  sizesOf(spec);
  checkExploration(options);
}

/** A learner whose policy is greedy in the action values that `agentOf` learns. */
export async function controlLearner(
  session: Session,
  options: ControlOptions,
  agentOf: (q: ActionValues, behaviour: Behaviour) => Agent,
): Promise<Learner> {
  const sizes = sizesOf(session.spec);
  const q = new ActionValues(sizes, options.initialValue);
  session.backend.state.learned("values", { q: { data: q.table } });
  const exploration = new Exploration(options, (state) => q.row(state), sizes.actions);
  return sampledLearner(session, options, {
    agent: agentOf(q, new Behaviour(exploration, session.seed)),
    policy: new TablePolicy(session.backend.heap, sizes, { kind: "greedy", actor: () => q.table }),
    moveTo: (progress) => ({ ...exploration.moveTo(progress) }),
  });
}
