/** Choosing between two programs that give the same bits: threads are faster only while their cores have nothing else to do. */
import type { Program } from "../kernels/recorder.js";

/** Runs of each program at the start, whose first ones are slow. */
const TRIALS = 8;
/** How much of a run's time goes into the estimate, and how slow a run may seem at most: a single hiccup says little. */
const RATE = 1 / 2;
const WORST = 2;
/** How much faster, from run to run, the other program is believed to have become, until it is tried again: 1.5 times after 100 runs. */
const OPTIMISM = 1 / 256;

/** Runs whichever of both takes less time. */
export function fasterOf(one: Program, other: Program, now: () => number = () => performance.now()): Program {
  const programs = [one, other] as const;
  const estimates: [number, number] = [Infinity, Infinity];
  let runs = 0;
  const choose = (): 0 | 1 => {
    if (runs < 2 * TRIALS) return (runs & 1) as 0 | 1;
    return estimates[0] <= estimates[1] ? 0 : 1;
  };
  const learn = (choice: 0 | 1, time: number): void => {
    const estimate = estimates[choice];
    estimates[choice] = runs++ < 2 * TRIALS ? Math.min(estimate, time) : estimate + RATE * (Math.min(time, WORST * estimate) - estimate);
    estimates[choice === 0 ? 1 : 0] *= 1 - OPTIMISM;
  };
  return {
    calls: one.calls,
    replay() {
      const choice = choose();
      const start = now();
      programs[choice].replay();
      learn(choice, now() - start);
    },
  };
}
