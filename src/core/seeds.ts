/**
 * Seeds and what they are used for. One 32-bit seed drives a whole run: the generators of different purposes
 * are keyed by (seed, purpose), so that they never share a stream.
 */
import { ensure } from "./errors.js";

/** The second key word of the generator; mirrors assembly/lanes/random.ts. */
export const PURPOSE = { environment: 0, acting: 1, initialisation: 2, shuffling: 3, evaluation: 4, replay: 5, learning: 6 } as const;

export type Purpose = (typeof PURPOSE)[keyof typeof PURPOSE];

/** A seed is an integer in [0, 2³²). */
export function checkSeed(seed: number): number {
  ensure(seed >>> 0 === seed, () => `seed ${seed} is not an integer from 0 to 4294967295`);
  return seed;
}
