/**
 * Pendulum-v1: swing a pendulum up by a torque on its pivot, and hold it there.
 * The problem of Åström & Furuta (2000), "Swinging up a pendulum by energy control", with Gymnasium's dynamics and costs.
 * Reward -(θ² + 0.1·θ̇² + 0.001·u²), θ in [-π, π], of the state in which the torque u is applied. Action: torque in [-2, 2] N·m.
 * No state ends an episode.
 */
import { cos, sin } from "../lanes/math";
import { atLeast, atMost } from "../lanes/primitives";
import { Random } from "../lanes/random";
import { Vector } from "../lanes/vector";

export const OBSERVATION_SIZE: i32 = 3;
export const ACTION_SIZE: i32 = 1;
export const DISCRETE: bool = false;

const MAX_SPEED: f32 = 8; // rad/s
const MAX_TORQUE: f32 = 2; // N·m
const DT: f32 = 0.05; // s between state updates
const G: f32 = 10; // m/s²
const M: f32 = 1; // kg
const L: f32 = 1; // m
const PI: f32 = 3.141592653589793;
const TURNS_PER_RADIAN: f32 = 0.15915494309189535; // 1 / 2π
/** 2π in two parts: 11 bits, so that products with up to 2^13 turns are exact, and the rest. */
const TURN_HIGH: f32 = 6.28125;
const TURN_LOW: f32 = 1.9353071795864769e-3;

@lanes
@unmanaged
export class Pendulum {
  theta: f32; // rad, 0 is upright; turns add up
  thetaDot: f32; // rad/s

  reset(random: Random): void {
    this.theta = random.uniform(-PI, PI);
    this.thetaDot = random.uniform(-1, 1);
  }

  step(action: Vector): f32 {
    const th = this.theta;
    const thDot = this.thetaDot;
    const u = atMost(atLeast(action.get(0), -MAX_TORQUE), MAX_TORQUE);
    const angle = angleNormalize(th);
    const costs = angle * angle + 0.1 * thDot * thDot + 0.001 * u * u;
    const acceleration: f32 = ((3 * G) / (2 * L)) * sin(th) + (3 / (M * L * L)) * u; // rad/s², of a rod about its end
    const newThDot = atMost(atLeast(thDot + acceleration * DT, -MAX_SPEED), MAX_SPEED);
    this.theta = th + newThDot * DT;
    this.thetaDot = newThDot;
    return -costs;
  }

  terminated(): bool {
    return false;
  }

  observe(observation: Vector): void {
    observation.set(0, cos(this.theta));
    observation.set(1, sin(this.theta));
    observation.set(2, this.thetaDot);
  }
}

/** The same direction as x, in [-π, π]. */
@lanes
@inline
function angleNormalize(x: f32): f32 {
  const turns = nearest(x * TURNS_PER_RADIAN);
  return x - turns * TURN_HIGH - turns * TURN_LOW;
}
