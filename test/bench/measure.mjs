/**
 * Measuring by the clock. Contenders take turns round by round, many short ones, so that whatever else the machine does falls on all
 * of them alike; each is run hot first, and what it returns is added up and printed, so that no work can be optimised away.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {() => number} run does `work` units and returns a number that depends on what it did
 * @property {number} work
 * @property {() => void} [prepare] called before each of its turns, outside the measured time
 *
 * @typedef {object} Budget
 * @property {number} rounds
 * @property {number} sample seconds of one turn
 * @property {number} warmUp seconds
 *
 * @typedef {object} Timing one contender's seconds for one unit of work
 * @property {string} name
 * @property {number} min
 * @property {number} median
 * @property {number} max
 */

/** @type {Readonly<Record<"full" | "quick", Budget>>} */
export const BUDGETS = {
  full: { rounds: 25, sample: 0.02, warmUp: 0.2 },
  quick: { rounds: 7, sample: 0.01, warmUp: 0.05 },
};

const wallTime = () => performance.now() / 1000;

/** Of this process, its helper threads included. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Seconds that either clock can tell apart. */
const CLOCK_STEP = 1e-6;

let clock = wallTime;

/** From now on counts the process's own seconds of computing, for a machine that is busy with other things. */
export function useCpuTime() {
  clock = cpuTime;
}

/** Seconds since some moment. */
export function now() {
  return clock();
}

let sum = 0;

/** Of everything that was measured so far. */
export function checksum() {
  return sum;
}

/** Counts a result as used; refuses one that isn't a number. */
export function consume(result, name) {
  if (!Number.isFinite(result)) throw new Error(`${name} came to ${result}: what was measured does not compute`);
  sum += result;
}

/**
 * @param {readonly Contender[]} contenders
 * @param {Budget} budget
 * @returns {Timing[]}
 */
export function race(contenders, { rounds, sample, warmUp }) {
  const repeats = contenders.map((contender) => turnsIn(contender, sample, warmUp));
  const times = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    contenders.forEach((contender, i) => {
      times[i].push(secondsOf(contender, repeats[i]) / (repeats[i] * contender.work));
    });
  }
  return contenders.map(({ name }, i) => ({ name, ...spread(times[i]) }));
}

/** Seconds of `repeats` runs. */
function secondsOf({ name, run, prepare }, repeats) {
  prepare?.();
  let total = 0;
  const start = now();
  for (let i = 0; i < repeats; i++) total += run();
  const seconds = now() - start;
  consume(total, name);
  return seconds;
}

/** Runs hot for `warmUp` seconds, at least three times, and says how many runs fill `sample` seconds. */
function turnsIn(contender, sample, warmUp) {
  let best = Number.POSITIVE_INFINITY;
  let [count, seconds] = [1, 0];
  for (let turns = 0; seconds < warmUp || turns < 3; turns++) {
    const taken = secondsOf(contender, count);
    best = Math.min(best, Math.max(taken, CLOCK_STEP) / count);
    seconds += taken;
    if (taken < warmUp / 4) count *= 2;
  }
  return Math.max(1, Math.ceil(sample / best));
}

/** The smallest, the middle and the largest of some measurements. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[sorted.length >> 1], max: sorted[sorted.length - 1] };
}

/** Uniform on [0, 1), from a seed (mulberry32, T. Ettinger 2017, public domain). */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
