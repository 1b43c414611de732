/** How actions are drawn around action values: options with one name and meaning for everything that learns such values. */
import { ensure } from "../core/errors.js";
import { choice, type OptionsOf, schedule } from "../core/options.js";
import { parseSchedule, valueAt } from "../core/schedules.js";
import type { Sampler } from "../rollout/sampler.js";
import { column, type Heap } from "../wasm/heap.js";

export const explorationFields = {
  exploration: choice("epsilon-greedy", ["epsilon-greedy", "boltzmann", "greedy"], "how actions are drawn around their values"),
  epsilon: schedule(0.1, "ε, probability of a uniformly random action in epsilon-greedy exploration; at most 1"),
  temperature: schedule(1, "what action values are divided by before the softmax in boltzmann exploration; 0 is greedy"),
};

export type ExplorationOptions = OptionsOf<typeof explorationFields>;

/** The one number that says how much is explored, under its option's name; none where actions are greedy. */
export interface ExplorationAmount {
  readonly epsilon?: number;
  readonly temperature?: number;
}

/** Refuses an ε that is no probability. */
export function checkExploration({ epsilon }: ExplorationOptions): void {
  const { from, to } = parseSchedule(epsilon);
  ensure(Math.max(from, to) <= 1, () => `epsilon is a probability, at most 1, not ${epsilon}`);
}

/** How much is explored when `progress` (0 to 1) of the run is done. */
export function explorationAt({ exploration, epsilon, temperature }: ExplorationOptions, progress: number): ExplorationAmount {
  if (exploration === "greedy") return {};
  return exploration === "boltzmann" ? { temperature: valueAt(temperature, progress) } : { epsilon: valueAt(epsilon, progress) };
}

/** Exploration of rollouts, whose actor puts out action values. */
export interface RolloutExploration {
  readonly sampler: Sampler;
  /** Explores as much as the schedules say when `progress` (0 to 1) of the run is done, and says how much that is. */
  moveTo(progress: number): ExplorationAmount;
}

/** Greedy actions are ε-greedy ones with ε = 0. */
export function rolloutExploration(heap: Heap, options: ExplorationOptions): RolloutExploration {
  const current = column(heap, [1]);
  return {
    sampler:
      options.exploration === "boltzmann" ? { kind: "boltzmann", temperature: current } : { kind: "epsilonGreedy", epsilon: current },
    moveTo(progress) {
      const amount = explorationAt(options, progress);
      current.data[0] = amount.temperature ?? amount.epsilon ?? 0;
      return amount;
    },
  };
}
