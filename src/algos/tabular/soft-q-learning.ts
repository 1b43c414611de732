/**
 * Soft Q-learning: the policy of soft policy iteration from samples. Haarnoja, Tang, Abbeel & Levine 2017, "Reinforcement Learning
 * with Deep Energy-Based Policies" (arXiv:1702.08165), section 3.2, with a table: so the soft maximum is exact.
 */
import { number } from "../../core/options.js";
import { defineAlgorithm, type Learner } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import { ActionValues } from "./action-values.js";
import { Behaviour } from "./behaviour.js";
import { softMaximum, softmax } from "./distributions.js";
import { type Agent, type Step, sampledLearner, samplingFields } from "./sampling.js";
import { sizesOf } from "./sizes.js";
import { TablePolicy } from "./table-policy.js";

export const softQLearning = defineAlgorithm({
  id: "soft-q-learning",
  title: "Soft Q-learning (tabular)",
  paper: "Haarnoja et al. 2017, Reinforcement Learning with Deep Energy-Based Policies",
  fields: { ...samplingFields, temperature: number(0.1, "α, weight of the entropy", { min: 0, above: true }) },
  presets: tabularPresets["soft-q-learning"],
  check: (_, spec) => void sizesOf(spec),
  async create(session, options): Promise<Learner> {
    const { gamma, temperature } = options;
    const sizes = sizesOf(session.spec);
    const q = new ActionValues(sizes, options.initialValue);
    session.backend.state.learned("values", { q: { data: q.table } });
    const logits = () => q.table.map((value) => value / temperature);
    return sampledLearner(session, options, {
      agent: new SoftQLearning(q, softBehaviour(q, sizes.actions, temperature, session.seed), gamma, temperature),
      policy: new TablePolicy(session.backend.heap, sizes, { kind: "categorical", actor: logits }),
      moveTo: () => ({}),
    });
  },
});

/** π(a|s) ∝ exp(Q(s,a)/α) (eq. 6) */
export function softBehaviour(q: ActionValues, actions: number, temperature: number, seed: number): Behaviour {
  const pi = new Float64Array(actions);
  const probabilities = (state: number) => {
    softmax(pi, q.row(state), temperature);
    return pi;
  };
  return new Behaviour({ probabilities }, seed);
}

export class SoftQLearning implements Agent {
  constructor(
    readonly q: ActionValues,
    readonly behaviour: Behaviour,
    readonly gamma: number,
    /** α */
    readonly temperature: number,
  ) {}

  /** Q(S,A) ← Q(S,A) + η[R + γα ln Σ_a exp(Q(S′,a)/α) − Q(S,A)] (eqs. 5 and 7), with the learning rate η */
  learn({ state, action, reward, nextState, terminated }: Step, learningRate: number): number {
    const { q, gamma, temperature } = this;
    const nextValue = terminated ? 0 : softMaximum(q.row(nextState), temperature);
    const tdError = reward + gamma * nextValue - q.get(state, action);
    q.add(state, action, learningRate * tdError);
    return tdError;
  }
}
