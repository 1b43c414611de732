/**
 * MyEnv-v0: a puck on an air table, to be pushed to the middle.
 * Reward: the metres that a step brought it nearer, and 1 for getting there.
 *
 * This is AssemblyScript, which looks like TypeScript and becomes WebAssembly:
 *
 *   npx lanewise build my-env.ts
 *   npx lanewise train ppo ./my-env.wasm --steps 200000
 */
import { atLeast, atMost, Random, Vector } from "lanewise/lanes";

const DT: f32 = 0.1; // s between state updates
const HALF_WIDTH: f32 = 1; // m from the middle to the walls
const RADIUS: f32 = 0.1; // m from the middle, where the puck is there
const ACCELERATION: f32 = 1; // m/s², at full action
const DRAG: f32 = 0.5; // 1/s, share of its speed that the puck loses
const MAX_SPEED: f32 = 1; // m/s
const GOAL_REWARD: f32 = 1;

// What the environment is, apart from its physics. The build reads these constants: give them plain numbers,
// + - * /, Infinity, or constants of this file.

export const ID = "MyEnv-v0";
/** Steps after which an episode is cut (truncated, not terminated); 0 for none. */
export const TIME_LIMIT: i32 = 100;
/** Mean return from which the task counts as solved. Leave it out if there is none. */
export const REWARD_THRESHOLD: f32 = 1.6;
/** Bounds of the observed numbers, in the order of observe() below; Infinity where there is none. */
export const OBSERVATION_LOW: f32[] = [-HALF_WIDTH, -HALF_WIDTH, -MAX_SPEED, -MAX_SPEED];
export const OBSERVATION_HIGH: f32[] = [HALF_WIDTH, HALF_WIDTH, MAX_SPEED, MAX_SPEED];
/** An action is a vector within these bounds. For one of n choices, 0 … n-1, write `ACTIONS: i32 = n` instead of both. */
export const ACTION_LOW: f32[] = [-1, -1];
export const ACTION_HIGH: f32[] = [1, 1];

/**
 * One puck. `@lanes` makes four of it at once: every f32 is a number for each of four lanes, every bool a
 * condition for each. So choose with `condition ? a : b`, not with if: the lanes may differ. `if` and `for` are for
 * integers, which all lanes share. What can't be done is refused by the build, which says what to write instead.
 */
@lanes
@unmanaged
export class Physics {
  // The state: f32 fields, and nothing else.
  x: f32; // m
  y: f32; // m
  xDot: f32; // m/s
  yDot: f32; // m/s

  /** Begins an episode. All chance comes from `random`: uniform(low, high), unit(), normal(). */
  reset(random: Random): void {
    this.x = random.uniform(-HALF_WIDTH, HALF_WIDTH);
    this.y = random.uniform(-HALF_WIDTH, HALF_WIDTH);
    this.xDot = 0;
    this.yDot = 0;
  }

  /** Takes one step and returns its reward. A discrete action is the number `action.get(0)`. */
  step(action: Vector): f32 {
    const before = this.distance();
    this.xDot = within(this.xDot + DT * (ACCELERATION * within(action.get(0), 1) - DRAG * this.xDot), MAX_SPEED);
    this.yDot = within(this.yDot + DT * (ACCELERATION * within(action.get(1), 1) - DRAG * this.yDot), MAX_SPEED);
    this.x = within(this.x + DT * this.xDot, HALF_WIDTH);
    this.y = within(this.y + DT * this.yDot, HALF_WIDTH);
    return before - this.distance() + (this.terminated() ? GOAL_REWARD : 0);
  }

  /** Whether the state is terminal: nothing comes after it. Time limits are not its business. */
  terminated(): bool {
    return this.distance() < RADIUS;
  }

  /** Writes what the agent sees. */
  observe(observation: Vector): void {
    observation.set(0, this.x);
    observation.set(1, this.y);
    observation.set(2, this.xDot);
    observation.set(3, this.yDot);
  }

  /** Metres from the puck to the middle. */
  distance(): f32 {
    return sqrt(this.x * this.x + this.y * this.y);
  }
}

/** x, or the nearer of ±limit if it is beyond. */
@lanes
function within(x: f32, limit: f32): f32 {
  return atMost(atLeast(x, -limit), limit);
}
