/** Observations to compare an export with its policy on: as many frames as the policy sees, within the bounds of its space. */
import type { Box } from "../core/spaces.js";
import type { Plan } from "./plan.js";

/** Rows of observations, the oldest frame first. */
export interface Trials {
  readonly rows: number;
  /** [rows, frames · size] */
  readonly data: Float32Array;
}

const ROWS = 64;
/** There are as many rows as indices, up to here. */
const MOST_ROWS = 1024;
/** Where a space has no bound, observations reach so far from 0, or so many deviations from the normaliser's mean. */
const REACH = 5;
/** Bounds beyond this are as good as none. */
const FARTHEST = 1e6;
const SEED = 0x9e3779b9;

/** Random rows, then those `given`: [k, frames · size]. Both ends of a box are among the random ones, and all indices if they are not too many. */
export function trialsFor(plan: Plan, given: Float32Array = new Float32Array(0)): Trials {
  const { frames, size, frameSize, header } = plan;
  const { observationSpace: space } = header;
  const width = frames * size;
  const rows = plan.isIndex ? Math.max(ROWS, Math.min(frameSize, MOST_ROWS)) : ROWS;
  const random = generator();
  const data = new Float32Array(rows * width + given.length);
  for (let i = 0; i < rows * width; i++) {
    const row = Math.floor(i / width);
    const share = row < 2 ? row : random();
    if (space.kind === "box") data[i] = within(plan, space, i % width, share);
    else data[i] = i % width === width - 1 ? row % frameSize : Math.floor(random() * frameSize);
  }
  data.set(given, rows * width);
  return { rows: data.length / width, data };
}

/** A number of the box for a share from 0 to 1. */
function within({ normalizer }: Plan, { low, high }: Box, at: number, share: number): number {
  const [lowest, highest] = [low[at % low.length], high[at % low.length]] as [number, number];
  const center = normalizer ? (normalizer.mean[at] as number) : 0;
  const reach = REACH / (normalizer ? Math.max(Math.abs(normalizer.scale[at] as number), 1e-3) : 1);
  const from = lowest < -FARTHEST ? Math.min(center, highest) - reach : lowest;
  const to = highest > FARTHEST ? Math.max(center, from) + reach : highest;
  // Rounding to float32 must not leave the bounds, and an unbounded side must not pass the bounded one.
  return Math.fround(Math.min(Math.max(from + share * (to - from), Math.min(from, to)), Math.max(from, to)));
}

/** Numbers in [0,1) that look random (a linear congruential generator, Numerical Recipes' constants). */
function generator(): () => number {
  let state = SEED;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
