/**
 * Acting: from a network's outputs to actions and their log-probabilities, a group of rows at a time.
 * Row r draws from the stream of lane firstLane + r at the given step, so an action doesn't depend on how many rows are sampled with it.
 */
import { Random } from "../../lanes/random";
import { sampleBoltzmann, sampleCategorical, sampleEpsilonGreedy } from "./categorical";
import { sampleGaussian, sampleSquashedGaussian } from "./gaussian";
import { sampleNoisy, sampleUniform } from "./noisy";

/** How outputs become actions; mirrored by src/rollout/sampler.ts. */
enum Kind {
  CATEGORICAL,
  GAUSSIAN,
  SQUASHED_GAUSSIAN,
  EPSILON_GREEDY,
  BOLTZMANN,
  NOISY,
}

/** A kind with all that it needs; mirrored by src/rollout/sampler.ts. */
@unmanaged
export class Sampler {
  kind: i32;
  isUniform: i32; // whether actions are uniform for now, whatever the kind
  size: i32; // how many actions a discrete space has, components a continuous one
  parameters: usize; // the kind's own numbers: log-deviations, ε, temperature, or what noise keeps and its deviation
  noise: usize; // [rows,size] of noise that remembers
  low: usize; // [size] between which actions are uniform; 0 for indices
  high: usize; // [size]
  seed: u32;
  purpose: u32;
  step: u32; // draws since the seed: the generator's counter
  scratch: usize;
  firstLane: i32; // the lane of row 0
}

export function samplerBytes(): usize {
  return offsetof<Sampler>();
}

/** Draws an action for each row of the actor's outputs and counts the draw. action i32 `[rows]` or f32 `[rows,size]`, logProb f32 `[rows]`. */
export function sample(self: usize, action: usize, logProb: usize, head: usize, rows: i32): void {
  const s = changetype<Sampler>(self);
  const step = s.step++;
  const size = s.size;
  changetype<Random>(s.scratch).firstLane = s.firstLane;
  if (s.isUniform) {
    if (s.low) sampleUniform(action, logProb, s.low, s.high, rows, size, s.seed, s.purpose, step, s.scratch);
    else sampleUniformIndex(s, action, logProb, head, rows, step);
  } else if (s.kind == Kind.CATEGORICAL) {
    sampleCategorical(action, logProb, head, rows, size, s.seed, s.purpose, step, 0, s.scratch);
  } else if (s.kind == Kind.GAUSSIAN) {
    sampleGaussian(action, logProb, head, s.parameters, rows, size, s.seed, s.purpose, step, 0, s.scratch);
  } else if (s.kind == Kind.SQUASHED_GAUSSIAN && s.noise) {
    sampleNoisy(true, action, logProb, head, s.parameters, s.noise, rows, size, s.seed, s.purpose, step, s.scratch);
  } else if (s.kind == Kind.SQUASHED_GAUSSIAN) {
    sampleSquashedGaussian(action, logProb, head, rows, size, s.seed, s.purpose, step, 0, s.scratch);
  } else if (s.kind == Kind.EPSILON_GREEDY) {
    sampleEpsilonGreedy(action, logProb, head, s.parameters, rows, size, s.seed, s.purpose, step, s.scratch);
  } else if (s.kind == Kind.BOLTZMANN) {
    sampleBoltzmann(action, logProb, head, s.parameters, rows, size, s.seed, s.purpose, step, s.scratch);
  } else {
    sampleNoisy(false, action, logProb, head, s.parameters, s.noise, rows, size, s.seed, s.purpose, step, s.scratch);
  }
}

/** Equal logits make every index alike. */
@inline
function sampleUniformIndex(s: Sampler, action: usize, logProb: usize, head: usize, rows: i32, step: u32): void {
  memory.fill(head, 0, <usize>(rows * s.size) << 2);
  sampleCategorical(action, logProb, head, rows, s.size, s.seed, s.purpose, step, 0, s.scratch);
}

/** Forgets the noise of a row whose episode ended. */
export function forgetNoise(self: usize, row: i32): void {
  const s = changetype<Sampler>(self);
  if (s.noise) memory.fill(s.noise + (<usize>(row * s.size) << 2), 0, <usize>s.size << 2);
}
