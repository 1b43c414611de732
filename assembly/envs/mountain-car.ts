/**
 * MountainCar-v0: an underpowered car between two hills swings itself up to the flag on the right one.
 * The task of Moore (1990), "Efficient Memory-based Learning for Robot Control", in the form of Sutton (1996), as Gymnasium
 * implements it. Reward -1 per step. Action 0 accelerates left, 1 not at all, 2 right.
 */
import { cosTurns } from "../lanes/math";
import { atLeast, atMost } from "../lanes/primitives";
import { Random } from "../lanes/random";
import { Vector } from "../lanes/vector";

export const OBSERVATION_SIZE: i32 = 2;
export const ACTION_SIZE: i32 = 1;
export const DISCRETE: bool = true;

const MIN_POSITION: f32 = -1.2; // m
const MAX_POSITION: f32 = 0.6; // m
const MAX_SPEED: f32 = 0.07; // m/step
const GOAL_POSITION: f32 = 0.5; // m
const GOAL_VELOCITY: f32 = 0; // m/step
const FORCE: f32 = 0.001; // m/step², the engine's
const GRAVITY: f32 = 0.0025; // m/step², where the slope is steepest
/** 3 / 2π: Gymnasium's cos(3·position), its angle counted in turns, which need no float64 to find the quadrant. */
const TURNS_PER_METRE: f32 = 0.477464829275686;

@lanes
@unmanaged
export class MountainCar {
  position: f32; // m
  velocity: f32; // m/step

  reset(random: Random): void {
    this.position = random.uniform(-0.6, -0.4);
    this.velocity = 0;
  }

  step(action: Vector): f32 {
    const acceleration = (action.get(0) - 1) * FORCE - cosTurns(this.position * TURNS_PER_METRE) * GRAVITY;
    const velocity = atMost(atLeast(this.velocity + acceleration, -MAX_SPEED), MAX_SPEED);
    const position = atMost(atLeast(this.position + velocity, MIN_POSITION), MAX_POSITION);
    this.position = position;
    this.velocity = position == MIN_POSITION && velocity < 0 ? 0 : velocity; // the wall on the left takes all speed
    return -1;
  }

  terminated(): bool {
    return this.position >= GOAL_POSITION && this.velocity >= GOAL_VELOCITY;
  }

  observe(observation: Vector): void {
    observation.set(0, this.position);
    observation.set(1, this.velocity);
  }
}
