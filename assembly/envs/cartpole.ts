/**
 * CartPole-v1: balance a pole on a cart by pushing the cart left or right.
 * The dynamics of Barto, Sutton & Anderson (1983) as Gymnasium implements them (`kinematics_integrator = "euler"`).
 * Reward 1 per step. Action 0 pushes left, 1 pushes right.
 */
import { cos, sin } from "../lanes/math";
import { Random } from "../lanes/random";
import { Vector } from "../lanes/vector";

export const OBSERVATION_SIZE: i32 = 4;
export const ACTION_SIZE: i32 = 1;
export const DISCRETE: bool = true;

const GRAVITY: f32 = 9.8; // m/s²
const MASS_POLE: f32 = 0.1; // kg
const INVERSE_TOTAL_MASS: f32 = 1.0 / 1.1; // 1/kg, of cart (1.0) and pole: a product takes a third of a quotient's time
const LENGTH: f32 = 0.5; // m, half the pole's length
const POLE_MASS_LENGTH: f32 = 0.05; // kg·m, MASS_POLE · LENGTH
const FORCE_MAG: f32 = 10; // N
const TAU: f32 = 0.02; // s between state updates
const FOUR_THIRDS: f32 = 4.0 / 3.0;
const THETA_THRESHOLD: f32 = 0.20943951023931953; // rad, 12°
const X_THRESHOLD: f32 = 2.4; // m

@lanes
@unmanaged
export class CartPole {
  x: f32; // m
  xDot: f32; // m/s
  theta: f32; // rad, 0 is upright
  thetaDot: f32; // rad/s

  reset(random: Random): void {
    this.x = random.uniform(-0.05, 0.05);
    this.xDot = random.uniform(-0.05, 0.05);
    this.theta = random.uniform(-0.05, 0.05);
    this.thetaDot = random.uniform(-0.05, 0.05);
  }

  step(action: Vector): f32 {
    const force = action.get(0) == 1 ? FORCE_MAG : -FORCE_MAG;
    const cosTheta = cos(this.theta);
    const sinTheta = sin(this.theta);
    const temp = (force + POLE_MASS_LENGTH * this.thetaDot * this.thetaDot * sinTheta) * INVERSE_TOTAL_MASS;
    const thetaAcc =
      (GRAVITY * sinTheta - cosTheta * temp) / (LENGTH * (FOUR_THIRDS - MASS_POLE * cosTheta * cosTheta * INVERSE_TOTAL_MASS));
    const xAcc = temp - POLE_MASS_LENGTH * thetaAcc * cosTheta * INVERSE_TOTAL_MASS;
    this.x += TAU * this.xDot;
    this.xDot += TAU * xAcc;
    this.theta += TAU * this.thetaDot;
    this.thetaDot += TAU * thetaAcc;
    return 1;
  }

  terminated(): bool {
    return abs(this.x) > X_THRESHOLD || abs(this.theta) > THETA_THRESHOLD;
  }

  observe(observation: Vector): void {
    observation.set(0, this.x);
    observation.set(1, this.xDot);
    observation.set(2, this.theta);
    observation.set(3, this.thetaDot);
  }
}
