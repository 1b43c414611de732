/** Lanes of an environment that a policy plays in the page: many to look at, or one to play with. */
import { type EnvironmentSpec, makeVec, type Policy, type VecEnv } from "./lanewise.js";

/** As much of a policy as playing takes. */
export type Actor = Pick<Policy, "actBatch" | "reset">;

export class Actors {
  policy: Actor | undefined;
  /** Of lane 0, in the episode at hand. */
  episode = { steps: 0, reward: 0 };
  #observation: Float32Array;

  static async create(spec: EnvironmentSpec, numEnvs: number): Promise<Actors> {
    return new Actors(await makeVec(spec, { numEnvs }));
  }

  private constructor(readonly env: VecEnv) {
    this.#observation = env.reset(anySeed());
  }

  /** New episodes in all lanes. */
  reset(): void {
    this.#observation = this.env.reset(anySeed());
    this.policy?.reset();
    this.episode = { steps: 0, reward: 0 };
  }

  /** One step in every lane: the policy's, or at random while there is none. Returns whether lane 0's episode ended. */
  step(deterministic: boolean): boolean {
    const actions = this.policy?.actBatch(this.#observation, { deterministic }) ?? this.#anyActions();
    const { observation, reward, terminated, truncated } = this.env.step(actions);
    this.#observation = observation;
    this.episode = { steps: this.episode.steps + 1, reward: this.episode.reward + (reward[0] ?? 0) };
    for (let lane = 0; lane < this.env.numEnvs; lane++) if (terminated[lane] || truncated[lane]) this.policy?.reset(lane);
    return Boolean(terminated[0] || truncated[0]);
  }

  #anyActions(): number[] {
    const { actionSpace } = this.env.spec;
    if (actionSpace.kind === "discrete") {
      return Array.from({ length: this.env.numEnvs }, () => Math.floor(Math.random() * actionSpace.n));
    }
    const { low, high } = actionSpace;
    return Array.from({ length: this.env.numEnvs * low.length }, (_, i) => {
      const [from, to] = [low[i % low.length] ?? -1, high[i % low.length] ?? 1];
      return from + (to - from) * Math.random();
    });
  }
}

/** Chance of the host will do: what is only watched needn't come the same again. */
function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
