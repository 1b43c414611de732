/** What an actor's outputs stand for: a distribution over the action space. */
import type * as tf from "@tensorflow/tfjs";
import { featuresOf, type Space } from "../core/spaces.js";
import type { ActionDistribution } from "./acting.js";
import { categorical, type Distribution, gaussian, meanAndLogStd } from "./distributions.js";
import type { FirstWeights } from "./mlp.js";
import type { Parameter, Parameters } from "./parameters.js";

export interface PolicyHeadOptions {
  /** Whether ln σ of continuous actions is an output of the policy's network; else it is the same in every state. */
  readonly stateDependentStd: boolean;
  /** ln σ of continuous actions at the start. */
  readonly logStdInit: number;
}

/** Small, so that the first policy hardly depends on the observation. */
const GAIN = 0.01;

export class PolicyHead {
  /** How many numbers the actor puts out. */
  readonly outputs: number;
  /** ln σ `[A]` of continuous actions, where it is the same in every state and once it was added. */
  logStd: Parameter | undefined;

  constructor(
    readonly actionSpace: Space,
    readonly options: PolicyHeadOptions,
  ) {
    const actions = featuresOf(actionSpace);
    this.outputs = actionSpace.kind === "box" && options.stateDependentStd ? 2 * actions : actions;
  }

  /** Of the actor's last layer. Outputs that are log-deviations begin with the one that is wished, in every state. */
  get firstWeights(): FirstWeights {
    const actions = featuresOf(this.actionSpace);
    const bias = Array.from({ length: this.outputs }, (_, i) => (i < actions ? 0 : this.options.logStdInit));
    return { kind: "orthogonal", gain: GAIN, bias };
  }

  /** Adds ln σ to the parameters if it is one of them. */
  addLogStd(parameters: Parameters): void {
    const { actionSpace, options } = this;
    if (actionSpace.kind === "discrete" || options.stateDependentStd) return;
    const { length } = actionSpace.low;
    this.logStd = parameters.add("logStd", [length], Array(length).fill(options.logStdInit));
  }

  /**
   * π(· | observation) for outputs `[B,outputs]` of the actor.
   * @param logStd ln σ `[A]` where it is the same in every state, if not the present one
   */
  distribution(outputs: tf.Tensor2D, logStd = this.logStd?.tensor): Distribution {
    if (this.actionSpace.kind === "discrete") return categorical(outputs);
    return logStd ? gaussian(outputs, logStd) : gaussian(...meanAndLogStd(outputs));
  }

  /** What acts, in rollouts and once exported. */
  get acting(): ActionDistribution {
    return this.actionSpace.kind === "discrete" ? { kind: "categorical" } : { kind: "gaussian", logStd: this.logStd };
  }
}
