/** How good a policy is: undiscounted returns of whole episodes, played in many lanes side by side. */
import { now } from "../core/clock.js";
import { ensure } from "../core/errors.js";
import { macrotask } from "../core/macrotask.js";
import { PURPOSE } from "../core/seeds.js";
import { settled } from "../envs/async-kernels.js";
import { closable } from "../envs/custom.js";
import { environmentOf } from "../envs/registry.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import { makeVec, type VecEnv } from "../envs/vec-env.js";
import type { Policy } from "../policy/policy.js";

/** How {@link evaluate} plays. */
export interface EvaluateOptions {
  /** The environment's id, or the spec of one of your own; the one that the policy was trained on unless given. */
  readonly env?: string | EnvironmentSpec;
  /** Episodes to play, 100 unless given. */
  readonly episodes?: number;
  /** Decides first states and sampled actions, 0 unless given. Never the stream that training drew from. */
  readonly seed?: number;
  /** Whether to take the most likely action instead of sampling; true unless given. */
  readonly deterministic?: boolean;
  /** Environments to play in side by side; as many as there are episodes unless given. Fewer play several episodes each. */
  readonly numEnvs?: number;
}

/** The undiscounted returns of the episodes that were played, and their summary. */
export interface Evaluation {
  readonly meanReturn: number;
  /** Standard deviation of the returns (of the episodes as a population). */
  readonly stdReturn: number;
  readonly episodes: number;
  /** Lane by lane, and in each lane in the order of time. */
  readonly returns: readonly number[];
}

/** Steps after which an episode is cut where the environment sets no limit: a policy may go round in circles for ever. */
const UNLIMITED_EVALUATION = 1000;

/** Milliseconds for which evaluation keeps the thread to itself: signals, messages and drawing come in between. */
const STRETCH = 50;

/** Plays the policy in fresh environments. */
export async function evaluate(
  policy: Policy,
  { env = policy.header.environment, episodes = 100, seed = 0, deterministic = true, numEnvs = episodes }: EvaluateOptions = {},
): Promise<Evaluation> {
  ensure(Number.isSafeInteger(episodes) && episodes > 0, () => `episodes is a positive integer, not ${episodes}`);
  const { spec, close } = closable(environmentOf(env));
  try {
    const timeLimit = spec.timeLimit || UNLIMITED_EVALUATION;
    const vecEnv = await makeVec(spec, { numEnvs: Math.min(numEnvs, episodes), timeLimit });
    policy.seed(seed);
    policy.reset();
    const player = {
      act: (observation: Float32Array) => policy.actBatch(observation, { deterministic }),
      reset: (lane: number) => policy.reset(lane),
    };
    const returns = await playEpisodes(vecEnv, player, episodes, seed);
    const meanReturn = mean(returns);
    const stdReturn = Math.sqrt(mean(returns.map((value) => (value - meanReturn) ** 2)));
    return { meanReturn, stdReturn, episodes, returns };
  } finally {
    await close();
  }
}

interface Player {
  act(observation: Float32Array): ArrayLike<number>;
  /** An episode ended in this lane. */
  reset(lane: number): void;
}

/**
 * The returns of so many episodes. How many each lane plays is settled beforehand: taking those that end first would favour
 * short ones.
 */
async function playEpisodes(env: VecEnv, player: Player, episodes: number, seed: number): Promise<number[]> {
  const { numEnvs } = env;
  const returns = Array.from({ length: numEnvs }, (): number[] => []);
  const running = Array<number>(numEnvs).fill(0);
  let observation = env.reset(seed, PURPOSE.evaluation);
  await settled(env);
  let pausedAt = now();
  for (let missing = episodes; missing > 0; ) {
    const result = env.step(player.act(observation));
    await settled(env);
    if (now() - pausedAt > STRETCH) {
      await macrotask();
      pausedAt = now();
    }
    for (const [lane, played] of returns.entries()) {
      if (played.length === quota(lane, numEnvs, episodes)) continue;
      running[lane] = (running[lane] as number) + (result.reward[lane] as number);
      if (result.terminated[lane] === 0 && result.truncated[lane] === 0) continue;
      played.push(running[lane] as number);
      running[lane] = 0;
      player.reset(lane);
      missing--;
    }
    observation = result.observation;
  }
  return returns.flat();
}

/** How many of the episodes a lane plays: as many as others, or one more. */
function quota(lane: number, numEnvs: number, episodes: number): number {
  return Math.floor(episodes / numEnvs) + Number(lane < episodes % numEnvs);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
