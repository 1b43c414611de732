/** Environments in TypeScript to try things on. */
import { type Box, box, type Discrete, discrete } from "../../src/core/spaces.js";
import type { AsyncEnvironment, Environment } from "../../src/envs/environment.js";
import type { HostRandom } from "../../src/envs/host-random.js";

const GRAVITY = 9.8; // m/s²
const MASS_POLE = 0.1; // kg
const TOTAL_MASS = 1.1; // kg
const LENGTH = 0.5; // m, half the pole's length
const POLE_MASS_LENGTH = MASS_POLE * LENGTH;
const FORCE_MAG = 10; // N
const TAU = 0.02; // s
const THETA_THRESHOLD = (12 * 2 * Math.PI) / 360; // rad
const X_THRESHOLD = 2.4; // m

/** CartPole-v1 as Gymnasium has it, in float64. */
export class CartPole implements Environment<Box, Discrete> {
  readonly observationSpace = box([-4.8, -Infinity, -0.41887903, -Infinity], [4.8, Infinity, 0.41887903, Infinity]);
  readonly actionSpace = discrete(2);
  /** x m, xDot m/s, theta rad, thetaDot rad/s */
  #state: readonly number[] = [0, 0, 0, 0];

  reset(random: HostRandom): ArrayLike<number> {
    this.#state = Array.from({ length: 4 }, () => random.uniform(-0.05, 0.05));
    return this.#state;
  }

  step(action: number) {
    const [x, xDot, theta, thetaDot] = this.#state as [number, number, number, number];
    const force = action === 1 ? FORCE_MAG : -FORCE_MAG;
    const [cosTheta, sinTheta] = [Math.cos(theta), Math.sin(theta)];
    const temp = (force + POLE_MASS_LENGTH * thetaDot ** 2 * sinTheta) / TOTAL_MASS;
    const thetaAcc = (GRAVITY * sinTheta - cosTheta * temp) / (LENGTH * (4 / 3 - (MASS_POLE * cosTheta ** 2) / TOTAL_MASS));
    const xAcc = temp - (POLE_MASS_LENGTH * thetaAcc * cosTheta) / TOTAL_MASS;
    this.#state = [x + TAU * xDot, xDot + TAU * xAcc, theta + TAU * thetaDot, thetaDot + TAU * thetaAcc];
    return { observation: this.#state, reward: 1, terminated: this.#hasFallen() };
  }

  state(): ArrayLike<number> {
    return this.#state;
  }

  setState(values: Float32Array): void {
    this.#state = Array.from(values);
  }

  #hasFallen(): boolean {
    const [x = 0, , theta = 0] = this.#state;
    return Math.abs(x) > X_THRESHOLD || Math.abs(theta) > THETA_THRESHOLD;
  }
}

/**
 * A point between -1 and 1 that an action pushes; chance pushes, too. It ends at the left edge, and is cut at the right one.
 * Observed are the place and the last push.
 */
export class Drift implements Environment<Box, Box> {
  readonly observationSpace = box([-3, -1], [3, 1]);
  readonly actionSpace = box([-0.5], [0.5]);
  #random: HostRandom | undefined;
  #place = 0;

  reset(random: HostRandom): ArrayLike<number> {
    this.#random = random;
    this.#place = random.uniform(-0.5, 0.5);
    return [this.#place, 0];
  }

  step([push = 0]: Float32Array) {
    this.#place += push + 0.1 * Math.min(Math.max(this.#random?.normal() ?? 0, -2), 2);
    const observation = [this.#place, push];
    return { observation, reward: this.#place, terminated: this.#place < -1, truncated: this.#place > 1 };
  }
}

/** Answers after a while, which is different each time. */
export class Slow<E extends Environment> implements AsyncEnvironment {
  constructor(
    readonly inner: E,
    readonly lane: number,
  ) {}

  async reset(random: HostRandom) {
    await later(this.lane);
    return this.inner.reset(random);
  }

  async step(action: number | Float32Array) {
    await later(this.lane);
    return this.inner.step(action);
  }
}

let turn = 0;

/** Now, after other promises, or after timers. */
async function later(lane: number): Promise<void> {
  if ((turn++ + lane) % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** A walk on five places, by an index as observation; action 1 goes right, 0 left. Ends at either side. */
export function walk(): Environment<ReturnType<typeof discrete>, ReturnType<typeof discrete>> {
  let place = 2;
  return {
    observationSpace: discrete(5),
    actionSpace: discrete(2),
    reset(random) {
      place = 1 + random.integer(3);
      return place;
    },
    step(action) {
      place += action === 1 ? 1 : -1;
      return { observation: place, reward: Number(place === 4), terminated: place === 0 || place === 4 };
    },
  };
}
