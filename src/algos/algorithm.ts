/** What an algorithm is to the rest: its options, what it can serve, and a learner. */
import type { Fields, OptionsOf } from "../core/options.js";
import type { EnvironmentId } from "../envs/registry.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import type { VecEnv } from "../envs/vec-env.js";
import type { ActingParts } from "../nn/acting.js";
import type { Backend } from "../nn/backend.js";
import type { RolloutColumns } from "../rollout/columns.js";
import type { EpisodeStatistics } from "../rollout/episodes.js";
import type { ObservationNormalizer } from "../rollout/normalisation.js";

/** What a run gives to an algorithm. */
export interface Session {
  readonly spec: EnvironmentSpec;
  /** The environment as the user gave it, for threads that make it anew; `spec` unless given. */
  readonly given?: EnvironmentSpec;
  readonly backend: Backend;
  readonly seed: number;
  /** Environment steps to take, all lanes together; the last iteration may go a little beyond. */
  readonly totalSteps: number;
  /** Is told where the algorithm acts, for those who look on. */
  readonly watch?: (stage: Stage) => void;
}

/** Where an algorithm acts: its lanes, and what it recorded there last. */
export interface Stage {
  readonly env: VecEnv;
  readonly columns?: RolloutColumns;
}

/** Algorithms whose iterations are short report at most once in so many environment steps. */
export const REPORT_STEPS = 1000;

/** One iteration's report. */
export interface Report {
  /** Environment steps so far. */
  readonly steps: number;
  readonly episodes: EpisodeStatistics;
  /** The algorithm's own metrics, by their names in camelCase. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** A run of an algorithm: what acts, and what learns. */
export interface Learner {
  /** What acts: the policy that is evaluated and exported. */
  readonly acting: ActingParts;
  /** What the network's observations are normalised with, if they are: part of the policy. */
  readonly normalizer?: ObservationNormalizer | undefined;
  /** Learns until the session's steps are done; yields after each iteration. */
  learn(): AsyncGenerator<Report, void>;
}

export type Presets<F extends Fields> = {
  readonly [E in EnvironmentId]?: Partial<OptionsOf<F>> & { readonly totalSteps: number };
};

/** What an algorithm says of itself, and how a run of it is made. */
export interface Algorithm<Id extends string = string, F extends Fields = Fields> {
  readonly id: Id;
  readonly title: string;
  /** Author, year, title. */
  readonly paper: string;
  readonly fields: F;
  /** Options tuned for an environment, with the number of environment steps that they were tuned for. */
  readonly presets: Presets<F>;
  /** Refuses options that don't go together, and spaces that it can't serve, before any work is done. */
  check(options: OptionsOf<F>, spec: EnvironmentSpec): void;
  create(session: Session, options: OptionsOf<F>): Promise<Learner>;
}

/** Keeps the exact types of an algorithm's id and options. */
export function defineAlgorithm<const Id extends string, F extends Fields>(algorithm: Algorithm<Id, F>): Algorithm<Id, F> {
  return algorithm;
}
