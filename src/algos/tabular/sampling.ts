/** Learning from the steps of one environment, each as soon as it was taken. */
import { integer, number, type OptionsOf, schedule } from "../../core/options.js";
import type { Resumable } from "../../core/run-state.js";
import { valueAt } from "../../core/schedules.js";
import { isAsynchronous, settled } from "../../envs/async-kernels.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import { makeVec, type StepResult, type VecEnv } from "../../envs/vec-env.js";
import { EpisodeStatistics } from "../../rollout/episodes.js";
import type { Heap } from "../../wasm/heap.js";
import type { Learner, Report, Session } from "../algorithm.js";
import type { Behaviour } from "./behaviour.js";
import type { TablePolicy } from "./table-policy.js";

export const samplingFields = {
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  learningRate: schedule(0.1, "α, the part of its error by which an estimate moves"),
  initialValue: number(0, "every estimate at the start; one that is too high makes greedy actions explore"),
  steps: integer(1000, "environment steps of an iteration, at whose end schedules move on"),
};

export type SamplingOptions = OptionsOf<typeof samplingFields>;

/** S, A, R, S′. */
export interface Step {
  readonly state: number;
  readonly action: number;
  readonly reward: number;
  /** Where the step led, also where the episode ended there. */
  readonly nextState: number;
  /** The episode ended, and with it all rewards: S′ has the value 0. */
  readonly terminated: boolean;
  /** The time limit cut the episode: S′ keeps its value. */
  readonly truncated: boolean;
}

/** What learns: the body of the loop in Sutton & Barto's boxes. */
export interface Agent {
  /** What acts while it learns. */
  readonly behaviour: Pick<Behaviour, "act" | keyof Resumable>;
  /** What it remembers of the episode so far, if it learns from more than one step at a time. */
  readonly memory?: Resumable;
  /** Learns from the step that was just taken. Returns its TD error δ, before learning. */
  learn(step: Step, learningRate: number): number;
}

export interface SampledParts {
  readonly agent: Agent;
  readonly policy: TablePolicy;
  /** Moves schedules of its own to where `progress` (0 to 1) of the run is done; returns their values by name. */
  moveTo(progress: number): Readonly<Record<string, number>>;
}

export async function sampledLearner(session: Session, options: SamplingOptions, parts: SampledParts): Promise<Learner> {
  const { spec, backend, seed, watch } = session;
  const walk = backend.state.keep("walk", await Walk.begin(spec, backend.heap, seed));
  watch?.(walk);
  backend.state.keep("environment", walk.env);
  backend.state.keep("behaviour", parts.agent.behaviour);
  if (parts.agent.memory) backend.state.keep("memory", parts.agent.memory);
  return { acting: parts.policy.acting, learn: () => learn(walk, parts, options, session) };
}

async function* learn(
  walk: Walk,
  { agent, policy, moveTo }: SampledParts,
  options: SamplingOptions,
  { totalSteps, backend: { state } }: Session,
): AsyncGenerator<Report, void> {
  const episodes = state.keep("episodes", new EpisodeStatistics(1));
  const done = state.numbers("progress", { steps: 0 });
  policy.publish();
  while (done.steps < totalSteps) {
    const progress = done.steps / totalSteps;
    const learningRate = valueAt(options.learningRate, progress);
    const exploration = moveTo(progress);
    const count = Math.min(options.steps, totalSteps - done.steps);
    let absoluteError = 0;
    for (let t = 0; t < count; t++) {
      const taken = walk.step(agent.behaviour.act(walk.state));
      const step = taken instanceof Promise ? await taken : taken;
      absoluteError += Math.abs(agent.learn(step, learningRate));
      episodes.step(0, step.reward, step.terminated || step.truncated);
    }
    policy.publish();
    done.steps += count;
    yield { steps: done.steps, episodes, scalars: { tdError: absoluteError / count, learningRate, ...exploration } };
  }
}

/** One environment, step by step. */
class Walk implements Resumable {
  private constructor(
    readonly env: VecEnv,
    /** The state in which the next action is taken. */
    public state: number,
  ) {}

  static async begin(spec: EnvironmentSpec, heap: Heap, seed: number): Promise<Walk> {
    const env = await makeVec(spec, { numEnvs: 1, heap });
    const observation = env.reset(seed);
    await settled(env);
    return new Walk(env, observation[0] as number);
  }

  /** Beside the environment's own state. */
  snapshot() {
    return { state: this.state };
  }

  restore({ state }: { readonly state: number }): void {
    this.state = state;
  }

  /** Takes an action; a promise of what came of it where the environment takes its time. */
  step(action: number): Step | Promise<Step> {
    const result = this.env.step([action]);
    if (isAsynchronous(this.env)) return settled(this.env).then(() => this.#finish(action, result));
    return this.#finish(action, result);
  }

  #finish(action: number, result: StepResult): Step {
    const [state, terminated, truncated] = [this.state, result.terminated[0] !== 0, result.truncated[0] !== 0];
    this.state = result.observation[0] as number;
    const nextState = terminated || truncated ? (result.finalObservation[0] as number) : this.state;
    return { state, action, reward: result.reward[0] as number, nextState, terminated, truncated };
  }
}
