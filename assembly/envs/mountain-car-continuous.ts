/**
 * MountainCarContinuous-v0: the underpowered car of MountainCar-v0, with a throttle instead of a gear.
 * The task of Moore (1990), "Efficient Memory-based Learning for Robot Control", as Gymnasium implements it.
 * Action: force in [-1, 1]. Reward 100 at the flag, less 0.1·action² per step. Beyond ±1 the engine gives no more, but the
 * reward counts the action as it was asked for.
 */
import { cosTurns } from "../lanes/math";
import { atLeast, atMost } from "../lanes/primitives";
import { Random } from "../lanes/random";
import { Vector } from "../lanes/vector";

export const OBSERVATION_SIZE: i32 = 2;
export const ACTION_SIZE: i32 = 1;
export const DISCRETE: bool = false;

const MIN_ACTION: f32 = -1;
const MAX_ACTION: f32 = 1;
const MIN_POSITION: f32 = -1.2; // m
const MAX_POSITION: f32 = 0.6; // m
const MAX_SPEED: f32 = 0.07; // m/step
const GOAL_POSITION: f32 = 0.45; // m
const GOAL_VELOCITY: f32 = 0; // m/step
const POWER: f32 = 0.0015; // m/step², the engine's at full throttle
const GRAVITY: f32 = 0.0025; // m/step², where the slope is steepest
/** 3 / 2π: Gymnasium's cos(3·position), its angle counted in turns, which need no float64 to find the quadrant. */
const TURNS_PER_METRE: f32 = 0.477464829275686;
const GOAL_REWARD: f32 = 100;
const ACTION_COST: f32 = 0.1;

@lanes
@unmanaged
export class MountainCarContinuous {
  position: f32; // m
  velocity: f32; // m/step

  reset(random: Random): void {
    this.position = random.uniform(-0.6, -0.4);
    this.velocity = 0;
  }

  step(action: Vector): f32 {
    const force = atMost(atLeast(action.get(0), MIN_ACTION), MAX_ACTION);
    const acceleration = force * POWER - cosTurns(this.position * TURNS_PER_METRE) * GRAVITY;
    const velocity = atMost(atLeast(this.velocity + acceleration, -MAX_SPEED), MAX_SPEED);
    const position = atMost(atLeast(this.position + velocity, MIN_POSITION), MAX_POSITION);
    this.position = position;
    this.velocity = position == MIN_POSITION && velocity < 0 ? 0 : velocity; // the wall on the left takes all speed
    return (this.terminated() ? GOAL_REWARD : 0) - ACTION_COST * action.get(0) * action.get(0);
  }

  terminated(): bool {
    return this.position >= GOAL_POSITION && this.velocity >= GOAL_VELOCITY;
  }

  observe(observation: Vector): void {
    observation.set(0, this.position);
    observation.set(1, this.velocity);
  }
}
