/** Undiscounted returns and lengths of the episodes that end in rollouts. */
import { fill, type Resumable } from "../core/run-state.js";
import type { Rollout } from "./rollout.js";

/** How many of the latest episodes the means are over. */
const WINDOW = 100;

/** Returns and lengths of the latest 100 episodes. */
export class EpisodeStatistics implements Resumable {
  /** Episodes ended so far. */
  episodes = 0;
  #returns: number[] = [];
  #lengths: number[] = [];
  readonly #runningReturn: Float64Array;
  readonly #runningLength: Float64Array;

  constructor(numEnvs: number) {
    this.#runningReturn = new Float64Array(numEnvs);
    this.#runningLength = new Float64Array(numEnvs);
  }

  get meanReturn(): number {
    return mean(this.#returns);
  }

  get meanLength(): number {
    return mean(this.#lengths);
  }

  /** Adds the episodes that ended in a rollout, in the order of time. */
  add({ columns, env: { numEnvs } }: Rollout): void {
    const reward = columns.rawReward.data;
    const terminated = columns.terminated.data;
    const truncated = columns.truncated.data;
    for (let i = 0; i < reward.length; i++) {
      this.step(i % numEnvs, reward[i] as number, terminated[i] !== 0 || truncated[i] !== 0);
    }
  }

  /** Forgets the episodes that are under way: every lane begins a new one. */
  restart(): void {
    this.#runningReturn.fill(0);
    this.#runningLength.fill(0);
  }

  /** Adds one step of one lane, which may end its episode. */
  step(lane: number, reward: number, isEnd: boolean): void {
    const episodeReturn = (this.#runningReturn[lane] as number) + reward;
    const episodeLength = (this.#runningLength[lane] as number) + 1;
    this.#runningReturn[lane] = isEnd ? 0 : episodeReturn;
    this.#runningLength[lane] = isEnd ? 0 : episodeLength;
    if (!isEnd) return;
    this.episodes++;
    remember(this.#returns, episodeReturn);
    remember(this.#lengths, episodeLength);
  }

  snapshot() {
    return {
      episodes: this.episodes,
      returns: Float64Array.from(this.#returns),
      lengths: Float64Array.from(this.#lengths),
      runningReturn: this.#runningReturn,
      runningLength: this.#runningLength,
    };
  }

  restore({ episodes, returns, lengths, runningReturn, runningLength }: ReturnType<EpisodeStatistics["snapshot"]>): void {
    this.episodes = episodes;
    this.#returns = [...returns];
    this.#lengths = [...lengths];
    fill(this.#runningReturn, runningReturn);
    fill(this.#runningLength, runningLength);
  }
}

function remember(window: number[], value: number): void {
  window.push(value);
  if (window.length > WINDOW) window.shift();
}

function mean(values: readonly number[]): number {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN;
}
