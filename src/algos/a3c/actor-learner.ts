/** One of A3C's workers: it acts in its own environments with the parameters that it is given, and says where the loss falls. */
import * as tf from "@tensorflow/tfjs";
import type { OptionsOf } from "../../core/options.js";
import { type Resumable, RunState, type Snapshot } from "../../core/run-state.js";
import { ActorCritic, type ActorCriticOptions } from "../../nn/actor-critic.js";
import type { Backend } from "../../nn/backend.js";
import { type Computation, computation } from "../../nn/computation.js";
import { ParameterVector } from "../../nn/parameter-vector.js";
import { differentiate } from "../../nn/update.js";
import type { Rollout } from "../../rollout/rollout.js";
import type { Session } from "../algorithm.js";
import {
  type ActorCriticBatch,
  actorCriticLoss,
  explainedVariance,
  inputsOf,
  type lossFields,
  type RolloutSetupOptions,
  rolloutOf,
  stepsOf,
  tensorsOf,
} from "../on-policy.js";

export interface ActorLearnerOptions extends ActorCriticOptions, RolloutSetupOptions, OptionsOf<typeof lossFields> {
  readonly gamma: number;
  readonly lambda: number;
}

/** What a worker found out in one rollout. */
export interface Contribution {
  /** ∂L/∂θ, all parameters one after the other. */
  readonly gradient: Float32Array;
  /** The environments' rewards `[T,N]`. */
  readonly reward: Float32Array;
  /** Whether the step ended an episode `[T,N]`. */
  readonly isEnd: Uint8Array;
  readonly scalars: Readonly<Record<string, number>>;
}

/** A contribution among other things that are saved; {@link contributionIn} is the inverse. */
export function contributionAsSnapshot({ gradient, reward, isEnd, scalars }: Contribution): Snapshot {
  const named = Object.entries(scalars).map(([name, value]) => [SCALAR + name, value] as const);
  return { gradient, reward, isEnd, ...Object.fromEntries(named) };
}

export function contributionIn(saved: Snapshot): Contribution {
  const { gradient, reward, isEnd } = saved as unknown as Contribution;
  const named = Object.entries(saved).filter(([name]) => name.startsWith(SCALAR));
  return {
    gradient,
    reward,
    isEnd,
    scalars: Object.fromEntries(named.map(([name, value]) => [name.slice(SCALAR.length), value as number])),
  };
}

const SCALAR = "scalar ";

/** An odd number: between the seeds of one worker and the next, whose episodes and actions must differ. */
const SEED_STRIDE = 0x85ebca6b;

/** What the loss reports, in its order. */
const SCALARS = ["loss", "policyLoss", "valueLoss", "entropy"] as const;

export class ActorLearner {
  readonly #gradient: Computation<tf.Tensor1D>;

  /** Use {@link createActorLearner}. */
  constructor(
    readonly backend: Backend,
    network: ActorCritic,
    readonly parameters: ParameterVector,
    readonly rollout: Rollout,
    readonly options: ActorLearnerOptions,
  ) {
    const batch = stepsOf(rollout);
    this.#gradient = computation(backend, () => {
      const lossOf = () => actorCriticLoss(network, tensorsOf<ActorCriticBatch>(backend, batch), options);
      const { grads, diagnostics } = differentiate(network.parameters, lossOf);
      const scalars = SCALARS.map((name) => diagnostics[name] as tf.Scalar);
      const row = tf.concat1d([parameters.join(grads), tf.stack(scalars) as tf.Tensor1D]);
      tf.dispose(Object.values(diagnostics));
      return row;
    });
  }

  /** Acts T steps with these parameters, and differentiates the loss of these steps. */
  async contribute(parameters: Float64Array): Promise<Contribution> {
    const { rollout, options } = this;
    const { size } = this.parameters;
    this.parameters.write(parameters);
    await rollout.collect();
    rollout.estimateAdvantages(options.gamma, options.lambda);
    this.#gradient.run();
    const { data } = await this.#gradient.column();
    const { rawReward, terminated, truncated } = rollout.columns;
    const isCut = truncated.data;
    const scalars = Object.fromEntries(SCALARS.map((name, i) => [name, data[size + i] as number]));
    return {
      gradient: data.slice(0, size),
      reward: rawReward.data.slice(),
      isEnd: Uint8Array.from(terminated.data, (isOver, i) => Number(isOver !== 0 || isCut[i] !== 0)),
      scalars: { ...scalars, explainedVariance: explainedVariance(rollout) },
    };
  }

  /** Its state, what it contributed apart. */
  get state(): Resumable {
    return this.backend.state.asPart();
  }
}

/** The worker of this number, with environments and a network of its own. */
export async function createActorLearner(session: Session, options: ActorLearnerOptions, index: number): Promise<ActorLearner> {
  const { spec, seed, totalSteps } = session;
  const backend = { ...session.backend, state: new RunState() };
  const own = { backend, spec, seed: (seed + index * SEED_STRIDE) >>> 0, totalSteps };
  const network = new ActorCritic(backend, inputsOf(session, options), spec.actionSpace, options, seed);
  const parameters = new ParameterVector(backend, network.parameters.list);
  return new ActorLearner(backend, network, parameters, await rolloutOf(own, network.acting, { ...options, workers: 1 }), options);
}
