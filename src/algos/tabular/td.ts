/**
 * TD(0): state values from samples. Sutton 1988, "Learning to Predict by the Methods of Temporal Differences"; Sutton & Barto 2018,
 * section 6.1. It predicts the values of a policy; with `control` it acts around what looks best one step ahead, which takes
 * a table of transitions, since state values alone don't tell actions apart (section 6.8 on afterstates).
 */
import { flag } from "../../core/options.js";
import { tableOf } from "../../envs/tabular/spec.js";
import { defineAlgorithm, type Learner, type Session } from "../algorithm.js";
import { checkExploration, explorationFields } from "../exploration.js";
import { Behaviour, Exploration } from "./behaviour.js";
import type { ControlOptions } from "./control.js";
import { greedyTables, lookAhead } from "./dynamic-programming.js";
import { checkPolicy, predictionFields, predictionLearner } from "./prediction.js";
import { type Agent, type Step, sampledLearner } from "./sampling.js";
import { TablePolicy } from "./table-policy.js";

export const td = defineAlgorithm({
  id: "td",
  title: "TD(0) on state values (tabular)",
  paper: "Sutton 1988, Learning to Predict by the Methods of Temporal Differences",
  fields: {
    ...predictionFields,
    control: flag(
      false,
      "whether actions are drawn around what looks best one step ahead in the environment's table, instead of from policy",
    ),
    ...explorationFields,
  },
  presets: {},
  check(options, spec) {
    checkPolicy(options, spec);
    checkExploration(options);
    if (options.control) tableOf(spec);
  },
  create(session, options) {
    if (options.control) return lookAheadLearner(session, options);
    return predictionLearner(session, options, (v, behaviour) => new Td(v, behaviour, options.gamma));
  },
});

export class Td implements Agent {
  constructor(
    readonly v: Float64Array,
    readonly behaviour: Behaviour,
    readonly gamma: number,
  ) {}

  /** V(S) ← V(S) + α[R + γV(S′) − V(S)] (eq. 6.2) */
  learn({ state, reward, nextState, terminated }: Step, learningRate: number): number {
    const { v, gamma } = this;
    const value = v[state] as number;
    const tdError = reward + (terminated ? 0 : gamma * (v[nextState] as number)) - value;
    v[state] = value + learningRate * tdError;
    return tdError;
  }
}

/** Learns the values of the policy that explores around one-step look-aheads at these very values. */
function lookAheadLearner(session: Session, options: ControlOptions): Promise<Learner> {
  const table = tableOf(session.spec);
  const v = new Float64Array(table.states).fill(options.initialValue);
  session.backend.state.learned("values", { v: { data: v } });
  const exploration = new Exploration(options, lookAhead(table, v, options.gamma), table.actions);
  return sampledLearner(session, options, {
    agent: new Td(v, new Behaviour(exploration, session.seed), options.gamma),
    policy: new TablePolicy(session.backend.heap, table, greedyTables(table, v, options.gamma)),
    moveTo: (progress) => ({ ...exploration.moveTo(progress) }),
  });
}
