/** CartPole-v1, as in Gymnasium: https://gymnasium.farama.org/environments/classic_control/cart_pole */

const GRAVITY = 9.8; // m/s²
const POLE_MASS = 0.1; // kg
const TOTAL_MASS = POLE_MASS + 1; // kg
const HALF_LENGTH = 0.5; // m
const FORCE = 10; // N
export const TAU = 0.02; // s between actions

/** A first state: x in m, ẋ in m/s, θ in rad from upright, θ̇ in rad/s, each within ±0.05. */
export function firstState(random = Math.random) {
  return Array.from({ length: 4 }, () => random() / 10 - 0.05);
}

/** The state after TAU seconds of pushing left (action 0) or right (1). */
export function nextState([x, xDot, theta, thetaDot], action) {
  const force = action === 1 ? FORCE : -FORCE;
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  const push = (force + POLE_MASS * HALF_LENGTH * thetaDot ** 2 * sin) / TOTAL_MASS;
  const thetaAcc = (GRAVITY * sin - cos * push) / (HALF_LENGTH * (4 / 3 - (POLE_MASS * cos ** 2) / TOTAL_MASS));
  const xAcc = push - (POLE_MASS * HALF_LENGTH * thetaAcc * cos) / TOTAL_MASS;
  return [x + TAU * xDot, xDot + TAU * xAcc, theta + TAU * thetaDot, thetaDot + TAU * thetaAcc];
}

/** Whether the pole leans more than 12°, or the cart is off the track. */
export function hasFallen([x, , theta]) {
  return Math.abs(x) > 2.4 || Math.abs(theta) > (12 * Math.PI) / 180;
}
