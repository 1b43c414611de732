/**
 * Acrobot-v1: two links hang from a pivot; a torque on the joint between them must swing the free end above a line.
 * The task of Sutton (1996), "Generalization in Reinforcement Learning: Successful Examples Using Sparse Coarse Coding", with
 * the equations of motion of Sutton & Barto's book, as Gymnasium implements it (`book_or_nips = "book"`, no torque noise).
 * Reward -1 per step, 0 for the one that reaches the line. Actions 0, 1, 2: torque -1, 0, 1 N·m.
 */
import { cos, sin } from "../lanes/math";
import { atLeast, atMost } from "../lanes/primitives";
import { Random } from "../lanes/random";
import { Vector } from "../lanes/vector";

export const OBSERVATION_SIZE: i32 = 6;
export const ACTION_SIZE: i32 = 1;
export const DISCRETE: bool = true;

const DT: f32 = 0.2; // s between state updates
const LINK_LENGTH_1: f32 = 1; // m
const LINK_MASS_1: f32 = 1; // kg
const LINK_MASS_2: f32 = 1; // kg
const LINK_COM_POS_1: f32 = 0.5; // m from the upper joint to the link's centre of mass
const LINK_COM_POS_2: f32 = 0.5; // m
const LINK_MOI: f32 = 1; // kg·m², either link's moment of inertia
const G: f32 = 9.8; // m/s²
const MAX_VEL_1: f32 = 12.566370614359172; // rad/s, 4π
const MAX_VEL_2: f32 = 28.274333882308138; // rad/s, 9π
const LINE_HEIGHT: f32 = 1; // m above the pivot
const TWO_PI: f32 = 6.283185307179586;

/** kg·m²: what the inertias below have in common, m₂·l₁·lc₂. */
const COUPLING: f32 = LINK_MASS_2 * LINK_LENGTH_1 * LINK_COM_POS_2;
/** kg·m², of link 2 about the joint between the links. */
const INERTIA_2: f32 = LINK_MASS_2 * LINK_COM_POS_2 * LINK_COM_POS_2 + LINK_MOI;
/** kg·m², of both links about the pivot when they stand at right angles. */
const INERTIA_1: f32 = LINK_MASS_1 * LINK_COM_POS_1 * LINK_COM_POS_1 + LINK_MOI + LINK_MASS_2 * LINK_LENGTH_1 * LINK_LENGTH_1 + INERTIA_2;
/** N·m: the weights' torques about the upper joints when their link is level. */
const WEIGHT_1: f32 = (LINK_MASS_1 * LINK_COM_POS_1 + LINK_MASS_2 * LINK_LENGTH_1) * G;
const WEIGHT_2: f32 = LINK_MASS_2 * LINK_COM_POS_2 * G;

const STAGES = 4; // of the Runge-Kutta method

@lanes
@unmanaged
export class Acrobot {
  theta1: f32; // rad, link 1 against straight down, in [-π, π]
  theta2: f32; // rad, link 2 against link 1, in [-π, π]
  dtheta1: f32; // rad/s
  dtheta2: f32; // rad/s

  reset(random: Random): void {
    this.theta1 = random.uniform(-0.1, 0.1);
    this.theta2 = random.uniform(-0.1, 0.1);
    this.dtheta1 = random.uniform(-0.1, 0.1);
    this.dtheta2 = random.uniform(-0.1, 0.1);
  }

  step(action: Vector): f32 {
    this.rk4(action.get(0) - 1);
    this.theta1 = wrap(this.theta1);
    this.theta2 = wrap(this.theta2);
    this.dtheta1 = bound(this.dtheta1, MAX_VEL_1);
    this.dtheta2 = bound(this.dtheta2, MAX_VEL_2);
    return this.terminated() ? 0 : -1;
  }

  /** Integrates the equations of motion over DT by the classical fourth-order Runge-Kutta method: k1 + 2·k2 + 2·k3 + k4. */
  private rk4(torque: f32): void {
    let theta1 = this.theta1;
    let theta2 = this.theta2;
    let dtheta1 = this.dtheta1;
    let dtheta2 = this.dtheta2;
    let sum1: f32 = 0; // weighted slopes: of θ₁, θ₂ and their rates
    let sum2: f32 = 0;
    let dsum1: f32 = 0;
    let dsum2: f32 = 0;
    for (let stage = 1; stage <= STAGES; stage++) {
      const sinTheta1 = sin(theta1);
      const cosTheta2 = cos(theta2);
      const sinTheta2 = sin(theta2);
      const sinSum = sinTheta1 * cosTheta2 + cos(theta1) * sinTheta2; // sin(θ₁ + θ₂), cheaper than a third angle's sine
      const d1 = INERTIA_1 + 2 * COUPLING * cosTheta2;
      const d2 = INERTIA_2 + COUPLING * cosTheta2;
      const phi2 = WEIGHT_2 * sinSum; // Gymnasium writes cos(θ - π/2) for sin θ
      const phi1 = WEIGHT_1 * sinTheta1 + phi2 - COUPLING * sinTheta2 * dtheta2 * (dtheta2 + 2 * dtheta1);
      const ratio = d2 / d1;
      const ddtheta2 = (torque + ratio * phi1 - COUPLING * sinTheta2 * dtheta1 * dtheta1 - phi2) / (INERTIA_2 - ratio * d2);
      const ddtheta1 = -ratio * ddtheta2 - phi1 / d1;
      const weight: f32 = stage == 1 || stage == STAGES ? 1 : 2;
      sum1 += weight * dtheta1;
      sum2 += weight * dtheta2;
      dsum1 += weight * ddtheta1;
      dsum2 += weight * ddtheta2;
      const ahead: f32 = stage < STAGES - 1 ? 0.5 * DT : DT; // s from the start to the next stage
      theta1 = this.theta1 + ahead * dtheta1;
      theta2 = this.theta2 + ahead * dtheta2;
      dtheta1 = this.dtheta1 + ahead * ddtheta1;
      dtheta2 = this.dtheta2 + ahead * ddtheta2;
    }
    this.theta1 += (DT / 6) * sum1;
    this.theta2 += (DT / 6) * sum2;
    this.dtheta1 += (DT / 6) * dsum1;
    this.dtheta2 += (DT / 6) * dsum2;
  }

  terminated(): bool {
    return -cos(this.theta1) - cos(this.theta2 + this.theta1) > LINE_HEIGHT;
  }

  observe(observation: Vector): void {
    observation.set(0, cos(this.theta1));
    observation.set(1, sin(this.theta1));
    observation.set(2, cos(this.theta2));
    observation.set(3, sin(this.theta2));
    observation.set(4, this.dtheta1);
    observation.set(5, this.dtheta2);
  }
}

/** The same direction as x, in [-π, π]. */
@lanes
@inline
function wrap(x: f32): f32 {
  return x - nearest(x / TWO_PI) * TWO_PI;
}

@lanes
@inline
function bound(x: f32, limit: f32): f32 {
  return atMost(atLeast(x, -limit), limit);
}
