/** What whole episodes say about their steps. Row 0 of the rollout must begin an episode in every lane. */
import { type Column, column } from "../wasm/heap.js";
import { instantiate, MODULES, type ReturnsKernels } from "../wasm/kernels.js";
import type { Rollout } from "./rollout.js";

/** An episode that ended within a rollout: rows from `start` to before `end` of a lane. */
export interface Episode {
  readonly lane: number;
  readonly start: number;
  readonly end: number;
}

/** How many steps these episodes have together. */
export function stepsIn(episodes: readonly Episode[]): number {
  return episodes.reduce((sum, { start, end }) => sum + end - start, 0);
}

export class EpisodeReturns {
  /** The return of the whole episode that a step belongs to `[T,N]`. */
  readonly whole: Column<"float32">;
  /** How much a step counts `[T,N]`. */
  readonly weight: Column<"float32">;

  /** Use {@link createEpisodeReturns}. */
  constructor(
    readonly rollout: Rollout,
    readonly kernels: ReturnsKernels,
  ) {
    const { env, options } = rollout;
    this.whole = column(env.heap, [options.steps, env.numEnvs]);
    this.weight = column(env.heap, [options.steps, env.numEnvs]);
  }

  /**
   * The rollout's `returns` ← Σ γ^(t'−t) r_t' from each step on, `whole` ← the same from the first step of its episode on. What isn't seen
   * any more is bootstrapped by the critic, and counts as 0 without one.
   */
  estimate(gamma: number): void {
    const { kernels, whole } = this;
    const { columns, env, options } = this.rollout;
    const { returns, reward, terminated, truncated, finalValue, value } = columns;
    const lastValue = value.address + 4 * options.steps * env.numEnvs;
    const ends = [terminated.address, truncated.address] as const;
    const sizes = [options.steps, env.numEnvs] as const;
    kernels.discountedReturns(returns.address, reward.address, ...ends, finalValue.address, lastValue, ...sizes, gamma);
    kernels.episodeReturns(whole.address, returns.address, ...ends, ...sizes);
  }

  /** `weight` ← discount^t at step t of an episode; 0 in episodes that the rollout's end cuts, if only whole ones count. */
  weigh(discount: number, onlyWhole: boolean): void {
    const { columns, env, options } = this.rollout;
    const { terminated, truncated } = columns;
    const sizes = [options.steps, env.numEnvs] as const;
    this.kernels.episodeWeights(this.weight.address, terminated.address, truncated.address, ...sizes, discount, Number(onlyWhole));
  }

  /** The episodes that ended, lane by lane. */
  ended(): Episode[] {
    const { columns, env, options } = this.rollout;
    const [terminated, truncated] = [columns.terminated.data, columns.truncated.data];
    const episodes: Episode[] = [];
    for (let lane = 0; lane < env.numEnvs; lane++) {
      for (let t = 0, start = 0; t < options.steps; t++) {
        const at = t * env.numEnvs + lane;
        if (terminated[at] === 0 && truncated[at] === 0) continue;
        episodes.push({ lane, start, end: t + 1 });
        start = t + 1;
      }
    }
    return episodes;
  }
}

export async function createEpisodeReturns(rollout: Rollout): Promise<EpisodeReturns> {
  return new EpisodeReturns(rollout, await instantiate<ReturnsKernels>(rollout.env.heap, MODULES.returns));
}
