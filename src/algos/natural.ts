/** What natural policy gradient and TRPO share: the step along F⁻¹g, and how a policy that took it differs from the one that acted. */
import * as tf from "@tensorflow/tfjs";
import { flag, integer, number, type OptionsOf } from "../core/options.js";
import { type Computation, computation } from "../nn/computation.js";
import { addScaled, conjugateGradient, dot } from "../nn/conjugate-gradient.js";
import type { Distribution } from "../nn/distributions.js";
import { type FisherMatrix, fisherMatrix } from "../nn/fisher.js";
import { standardise } from "../nn/losses.js";
import { ParameterVector } from "../nn/parameter-vector.js";
import type { Session } from "./algorithm.js";
import { OldPolicy } from "./old-policy.js";
import { type OnPolicySetup, stepsOf, tensorsOf } from "./on-policy.js";

/** Options of the step. */
export const naturalFields = {
  targetKl: number(0.01, "δ, mean KL(old ‖ new) of a step, in nats", { min: 0, above: true }),
  cgSteps: integer(15, "products with the Fisher matrix in the search for a step"),
  cgDamping: number(0.1, "what is added to the Fisher matrix's diagonal", { min: 0 }),
  normalizeAdvantage: flag(true, "whether advantages are standardised in each rollout"),
};

/** The part of ‖g‖² below which a residual counts as none: float32 products are no better. */
const RESIDUAL = 1e-10;

/** How the policy differs from the one that acted, over the rollout. */
export interface PolicyChange {
  /** E[(r − 1) Â], r the ratio of probabilities: what the surrogate gained. */
  readonly improvement: number;
  /** E[KL(old ‖ new)] */
  readonly kl: number;
  /** E[H(new)] */
  readonly entropy: number;
  /** How much of the step was taken, 0 for none; where it is searched for. */
  readonly stepFraction?: number;
}

type Batch = Readonly<Record<"observation" | "action" | "logProb" | "advantage", tf.Tensor>>;

export class NaturalPolicy {
  readonly #parameters: ParameterVector;
  readonly #old: OldPolicy;
  readonly #fisher: FisherMatrix;
  readonly #gradient: Computation<tf.Tensor1D>;
  readonly #change: Computation<tf.Tensor1D>;
  #start: Float64Array = new Float64Array();
  #changes: PolicyChange[] = [];

  /** @param rollout whose states, actions and advantages the step is of */
  constructor(
    { network, rollout }: OnPolicySetup,
    { backend }: Session,
    readonly options: OptionsOf<typeof naturalFields>,
  ) {
    const { observation, action, advantage } = stepsOf(rollout);
    const logProb = rollout.columns.logProb.as([rollout.size]);
    const batch = () => tensorsOf<Batch>(backend, { observation, action, advantage, logProb });
    const policyIn = (one: Batch) => network.policy(one.observation as tf.Tensor2D);
    const parameters = new ParameterVector(backend, network.policyParameters);
    this.#parameters = parameters;
    this.#old = new OldPolicy(backend, network, rollout);
    this.#fisher = fisherMatrix(backend, network, parameters, observation);
    this.#gradient = computation(backend, () => {
      const one = batch();
      const { grads } = tf.valueAndGrads(() => improvement(policyIn(one), one, options))(parameters.tensors);
      return parameters.join(grads);
    });
    this.#change = computation(backend, () => {
      const one = batch();
      const policy = policyIn(one);
      const means = [improvement(policy, one, options), tf.mean(this.#old.distribution.kl(policy)), tf.mean(policy.entropy())];
      return tf.stack(means) as tf.Tensor1D;
    });
  }

  /**
   * The step s ≈ √(2δ / gᵀF⁻¹g) F⁻¹g from the policy that acted, g the gradient of the surrogate E[r Â]: the steepest of those whose KL is
   * δ to second order. F is damped, so that the KL is rather less. All 0 where g is.
   */
  async naturalStep(): Promise<Float64Array> {
    const { targetKl, cgSteps, cgDamping } = this.options;
    await this.#old.remember();
    this.#start = this.#parameters.read();
    this.#fisher.linearise();
    this.#gradient.run();
    const gradient = Float64Array.from((await this.#gradient.column()).data);
    const damped = async (v: Float64Array) => {
      const image = await this.#fisher.times(v);
      addScaled(image, v, cgDamping);
      return image;
    };
    const direction = await conjugateGradient(damped, gradient, { steps: cgSteps, tolerance: RESIDUAL });
    const square = dot(gradient, direction);
    const length = square > 0 ? Math.sqrt((2 * targetKl) / square) : 0;
    return direction.map((value) => length * value);
  }

  /** Puts the policy so far along the step from the one that acted: 0 for there, 1 for the whole step. */
  move(step: Float64Array, fraction: number): void {
    const there = this.#start.slice();
    addScaled(there, step, fraction);
    this.#parameters.write(there);
  }

  async change(): Promise<PolicyChange> {
    this.#change.run();
    const [improvement, kl, entropy] = (await this.#change.column()).data as unknown as [number, number, number];
    return { improvement, kl, entropy };
  }

  /** Keeps what a step changed for the metrics. */
  record(change: PolicyChange): void {
    this.#changes.push(change);
  }

  /** The means of what was recorded since the last call. */
  metrics(): Record<string, number> {
    const changes = this.#changes.splice(0);
    const mean = (of: (change: PolicyChange) => number) => changes.reduce((sum, change) => sum + of(change), 0) / changes.length;
    return {
      policyLoss: mean(({ improvement }) => -improvement),
      entropy: mean(({ entropy }) => entropy),
      kl: mean(({ kl }) => kl),
      ...(changes[0]?.stepFraction !== undefined && { stepFraction: mean(({ stepFraction = 0 }) => stepFraction) }),
    };
  }
}

/** E[(r − 1) Â] */
function improvement(policy: Distribution, { action, logProb, advantage }: Batch, { normalizeAdvantage }: { normalizeAdvantage: boolean }) {
  const ratio = tf.exp(tf.sub(policy.logProb(action), logProb));
  const given = advantage as tf.Tensor1D;
  return tf.mean(tf.mul(tf.sub(ratio, 1), normalizeAdvantage ? standardise(given) : given)) as tf.Scalar;
}
