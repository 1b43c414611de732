/**
 * The environments once more, as one would write them in plain JavaScript: float64, typed arrays, one loop over the lanes.
 * They are the baseline of the benchmarks: the same equations and the same duties as assembly/envs/, no SIMD, no WebAssembly.
 *
 * V8 specialises {@link makeVector} to the one environment that it has seen, and slows down at a second. For the best that
 * plain JavaScript can do, give each environment a copy of this module of its own: `import(`./twins.mjs?${id}`)`.
 *
 * @typedef {object} Twin the physics of one environment; a lane's state stands at `lane * stateSize`, in Gymnasium's order
 * @property {number} stateSize
 * @property {number} observationSize
 * @property {boolean} discrete whether actions are indices rather than numbers; one of either per lane
 * @property {number} actions how many indices there are, or the largest number in absolute value
 * @property {number} timeLimit steps after which an episode is truncated
 * @property {(state: Float64Array, lane: number, random: () => number) => void} reset
 * @property {(state: Float64Array, lane: number, action: number) => number} step returns the reward
 * @property {(state: Float64Array, lane: number) => boolean} terminated
 * @property {(observation: Float32Array, state: Float64Array, lane: number) => void} observe
 */

/** A batch of `numEnvs` lanes with time limits and same-step autoreset: the twin of VecEnv and assembly/envs/driver.ts. */
export function makeVector(/** @type {Twin} */ twin, numEnvs, random) {
  const { stateSize, observationSize, timeLimit } = twin;
  const state = new Float64Array(numEnvs * stateSize);
  const elapsed = new Int32Array(numEnvs);
  const rows = {
    observation: new Float32Array(numEnvs * observationSize),
    reward: new Float32Array(numEnvs),
    terminated: new Float32Array(numEnvs),
    truncated: new Float32Array(numEnvs),
    finalObservation: new Float32Array(numEnvs * observationSize),
  };
  const begin = (lane) => {
    twin.reset(state, lane, random);
    twin.observe(rows.observation, state, lane);
    elapsed[lane] = 0;
  };
  for (let lane = 0; lane < numEnvs; lane++) begin(lane);

  /** Steps every lane once. action: `[N]`. */
  function step(action) {
    const { observation, reward, terminated, truncated, finalObservation } = rows;
    for (let lane = 0; lane < numEnvs; lane++) {
      reward[lane] = twin.step(state, lane, action[lane]);
      const isTerminal = twin.terminated(state, lane);
      const isLate = ++elapsed[lane] >= timeLimit;
      terminated[lane] = isTerminal ? 1 : 0;
      truncated[lane] = isLate ? 1 : 0;
      if (isTerminal || isLate) {
        twin.observe(finalObservation, state, lane);
        begin(lane);
      } else {
        twin.observe(observation, state, lane);
      }
    }
    return rows;
  }

  return { state, rows, step };
}

const uniform = (random, low, high) => low + (high - low) * random();

function clip(x, low, high) {
  if (x < low) return low;
  if (x > high) return high;
  return x;
}

const cartPole = {
  stateSize: 4, // x, xDot, theta, thetaDot
  observationSize: 4,
  discrete: true,
  actions: 2,
  timeLimit: 500,

  reset(state, lane, random) {
    for (let i = 4 * lane; i < 4 * lane + 4; i++) state[i] = uniform(random, -0.05, 0.05);
  },

  step(state, lane, action) {
    const at = 4 * lane;
    const xDot = state[at + 1];
    const theta = state[at + 2];
    const thetaDot = state[at + 3];
    const force = action === 1 ? 10 : -10;
    const cosTheta = Math.cos(theta);
    const sinTheta = Math.sin(theta);
    const temp = (force + 0.05 * thetaDot * thetaDot * sinTheta) / 1.1;
    const thetaAcc = (9.8 * sinTheta - cosTheta * temp) / (0.5 * (4 / 3 - (0.1 * cosTheta * cosTheta) / 1.1));
    const xAcc = temp - (0.05 * thetaAcc * cosTheta) / 1.1;
    state[at] += 0.02 * xDot;
    state[at + 1] += 0.02 * xAcc;
    state[at + 2] += 0.02 * thetaDot;
    state[at + 3] += 0.02 * thetaAcc;
    return 1;
  },

  terminated(state, lane) {
    return Math.abs(state[4 * lane]) > 2.4 || Math.abs(state[4 * lane + 2]) > 0.20943951023931953;
  },

  observe(observation, state, lane) {
    const at = 4 * lane;
    observation[at] = state[at];
    observation[at + 1] = state[at + 1];
    observation[at + 2] = state[at + 2];
    observation[at + 3] = state[at + 3];
  },
};

/** What both mountain cars share; a state is position, velocity. */
const valley = {
  stateSize: 2,
  observationSize: 2,

  reset(state, lane, random) {
    state[2 * lane] = uniform(random, -0.6, -0.4);
    state[2 * lane + 1] = 0;
  },

  drive(state, lane, force) {
    const at = 2 * lane;
    const velocity = clip(state[at + 1] + force - 0.0025 * Math.cos(3 * state[at]), -0.07, 0.07);
    const position = clip(state[at] + velocity, -1.2, 0.6);
    state[at] = position;
    state[at + 1] = position === -1.2 && velocity < 0 ? 0 : velocity;
  },

  observe(observation, state, lane) {
    observation[2 * lane] = state[2 * lane];
    observation[2 * lane + 1] = state[2 * lane + 1];
  },
};

const mountainCar = {
  ...valley,
  discrete: true,
  actions: 3,
  timeLimit: 200,

  step(state, lane, action) {
    valley.drive(state, lane, (action - 1) * 0.001);
    return -1;
  },

  terminated(state, lane) {
    return state[2 * lane] >= 0.5 && state[2 * lane + 1] >= 0;
  },
};

const mountainCarContinuous = {
  ...valley,
  discrete: false,
  actions: 1,
  timeLimit: 999,

  step(state, lane, action) {
    valley.drive(state, lane, clip(action, -1, 1) * 0.0015);
    return (this.terminated(state, lane) ? 100 : 0) - 0.1 * action * action;
  },

  terminated(state, lane) {
    return state[2 * lane] >= 0.45 && state[2 * lane + 1] >= 0;
  },
};

const TURN = 2 * Math.PI;

const pendulum = {
  stateSize: 2, // theta, thetaDot
  observationSize: 3,
  discrete: false,
  actions: 2,
  timeLimit: 200,

  reset(state, lane, random) {
    state[2 * lane] = uniform(random, -Math.PI, Math.PI);
    state[2 * lane + 1] = uniform(random, -1, 1);
  },

  step(state, lane, action) {
    const th = state[2 * lane];
    const thDot = state[2 * lane + 1];
    const u = clip(action, -2, 2);
    const angle = th - TURN * Math.floor(th / TURN + 0.5);
    const newThDot = clip(thDot + (15 * Math.sin(th) + 3 * u) * 0.05, -8, 8);
    state[2 * lane] = th + newThDot * 0.05;
    state[2 * lane + 1] = newThDot;
    return -(angle * angle + 0.1 * thDot * thDot + 0.001 * u * u);
  },

  terminated() {
    return false;
  },

  observe(observation, state, lane) {
    const theta = state[2 * lane];
    observation[3 * lane] = Math.cos(theta);
    observation[3 * lane + 1] = Math.sin(theta);
    observation[3 * lane + 2] = state[2 * lane + 1];
  },
};

const acrobot = {
  stateSize: 4, // theta1, theta2, dtheta1, dtheta2
  observationSize: 6,
  discrete: true,
  actions: 3,
  timeLimit: 500,

  reset(state, lane, random) {
    for (let i = 4 * lane; i < 4 * lane + 4; i++) state[i] = uniform(random, -0.1, 0.1);
  },

  /** One step of the classical Runge-Kutta method over 0.2 s; every mass and length is 1, every centre of mass in the middle. */
  step(state, lane, action) {
    const at = 4 * lane;
    const torque = action - 1;
    let theta1 = state[at];
    let theta2 = state[at + 1];
    let dtheta1 = state[at + 2];
    let dtheta2 = state[at + 3];
    let sum1 = 0;
    let sum2 = 0;
    let dsum1 = 0;
    let dsum2 = 0;
    for (let stage = 1; stage <= 4; stage++) {
      const cosTheta2 = Math.cos(theta2);
      const sinTheta2 = Math.sin(theta2);
      const d1 = 3.5 + cosTheta2;
      const d2 = 1.25 + 0.5 * cosTheta2;
      const phi2 = 4.9 * Math.sin(theta1 + theta2);
      const phi1 = 14.7 * Math.sin(theta1) + phi2 - 0.5 * sinTheta2 * dtheta2 * (dtheta2 + 2 * dtheta1);
      const ratio = d2 / d1;
      const ddtheta2 = (torque + ratio * phi1 - 0.5 * sinTheta2 * dtheta1 * dtheta1 - phi2) / (1.25 - ratio * d2);
      const ddtheta1 = -ratio * ddtheta2 - phi1 / d1;
      const weight = stage === 1 || stage === 4 ? 1 : 2;
      sum1 += weight * dtheta1;
      sum2 += weight * dtheta2;
      dsum1 += weight * ddtheta1;
      dsum2 += weight * ddtheta2;
      const ahead = stage < 3 ? 0.1 : 0.2;
      theta1 = state[at] + ahead * dtheta1;
      theta2 = state[at + 1] + ahead * dtheta2;
      dtheta1 = state[at + 2] + ahead * ddtheta1;
      dtheta2 = state[at + 3] + ahead * ddtheta2;
    }
    state[at] = wrap(state[at] + (0.2 / 6) * sum1);
    state[at + 1] = wrap(state[at + 1] + (0.2 / 6) * sum2);
    state[at + 2] = clip(state[at + 2] + (0.2 / 6) * dsum1, -4 * Math.PI, 4 * Math.PI);
    state[at + 3] = clip(state[at + 3] + (0.2 / 6) * dsum2, -9 * Math.PI, 9 * Math.PI);
    return this.terminated(state, lane) ? 0 : -1;
  },

  terminated(state, lane) {
    const theta1 = state[4 * lane];
    return -Math.cos(theta1) - Math.cos(state[4 * lane + 1] + theta1) > 1;
  },

  observe(observation, state, lane) {
    const at = 4 * lane;
    const to = 6 * lane;
    observation[to] = Math.cos(state[at]);
    observation[to + 1] = Math.sin(state[at]);
    observation[to + 2] = Math.cos(state[at + 1]);
    observation[to + 3] = Math.sin(state[at + 1]);
    observation[to + 4] = state[at + 2];
    observation[to + 5] = state[at + 3];
  },
};

/** The same direction as x, in [-π, π]. */
function wrap(x) {
  while (x > Math.PI) x -= TURN;
  while (x < -Math.PI) x += TURN;
  return x;
}

/** @type {Readonly<Record<string, Twin>>} */
export const twins = {
  "CartPole-v1": cartPole,
  "MountainCar-v0": mountainCar,
  "MountainCarContinuous-v0": mountainCarContinuous,
  "Pendulum-v1": pendulum,
  "Acrobot-v1": acrobot,
};
