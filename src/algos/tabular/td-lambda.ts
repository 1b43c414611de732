/**
 * TD(λ): state values of a policy from samples, with eligibility traces. Sutton 1988, "Learning to Predict by the Methods of
 * Temporal Differences"; Sutton & Barto 2018, section 12.2, with a table for the function.
 */
import { defineAlgorithm } from "../algorithm.js";
import type { Behaviour } from "./behaviour.js";
import { checkPolicy, predictionFields, predictionLearner } from "./prediction.js";
import type { Agent, Step } from "./sampling.js";
import { type BackwardOptions, BackwardView, traceFields } from "./traces.js";

export const tdLambda = defineAlgorithm({
  id: "td-lambda",
  title: "TD(λ) on state values, eligibility traces (tabular)",
  paper: "Sutton 1988, Learning to Predict by the Methods of Temporal Differences",
  fields: { ...predictionFields, ...traceFields },
  presets: {},
  check: (options, spec) => checkPolicy(options, spec),
  create: (session, options) => predictionLearner(session, options, (v, behaviour) => new TdLambda(v, behaviour, options)),
});

export class TdLambda implements Agent {
  readonly memory: BackwardView;

  constructor(
    readonly v: Float64Array,
    readonly behaviour: Behaviour,
    readonly options: BackwardOptions,
  ) {
    this.memory = new BackwardView(v, options);
  }

  /** δ = R + γV(S′) − V(S); V ← V + αδz (eqs. 12.6 and 12.7) */
  learn({ state, reward, nextState, terminated, truncated }: Step, learningRate: number): number {
    const { v, options } = this;
    const nextValue = terminated ? 0 : (v[nextState] as number);
    const tdError = reward + options.gamma * nextValue - (v[state] as number);
    this.memory.learn(state, tdError, learningRate, terminated || truncated);
    return tdError;
  }
}
