/** Plays an environment as a run would, but with actions of all kinds and an eye on everything that it gives. */
import { PURPOSE } from "../core/seeds.js";
import type { Space } from "../core/spaces.js";
import type { AsyncEnvironment, Environment } from "./environment.js";
import { HostRandom } from "./host-random.js";
import { isPromise, wrongObservation, wrongOutcome } from "./host-values.js";

/** What is tried out. */
export interface Candidate {
  readonly create: (lane: number) => Environment | AsyncEnvironment | Promise<AsyncEnvironment>;
  readonly isAsync: boolean;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** 0 for none; not known unless given. */
  readonly timeLimit?: number;
}

/** A mistake that {@link checkEnv} found. */
export interface Finding {
  /** An error makes training fail or learn the wrong thing; a warning is worth a thought. */
  readonly severity: "error" | "warning";
  /** What was looked at; each is reported once. */
  readonly check: Check;
  readonly message: string;
  /** What the environment threw. */
  readonly cause?: unknown;
}

export type Check =
  | "spaces"
  | "action range"
  | "instances"
  | "exceptions"
  | "values"
  | "bounds"
  | "reused array"
  | "changed action"
  | "beyond the end"
  | "episode length"
  | "seed"
  | "reset"
  | "state";

/** Takes findings; keeps the first one of each check. */
export type Report = (severity: Finding["severity"], check: Check, message: string, cause?: unknown) => void;

/** Ends a trial whose rest would make no sense; what is wrong has been reported. */
export class Fault extends Error {}

/** The numbers of a reset (the observation) or of a step (observation, reward, terminated, truncated). */
export type Entry = Float32Array;

/** How many arrays are kept to see whether they change. */
const KEPT = 50;
/** Actions that are tried where a bound is infinite. */
const FAR = 10;

export class Trial {
  /** Arrays as they were given, and what stood in them then. */
  readonly #given: { readonly values: ArrayLike<number>; readonly numbers: Entry }[] = [];

  constructor(
    readonly candidate: Candidate,
    readonly environment: Environment | AsyncEnvironment,
    readonly report: Report,
  ) {}

  /** Plays episodes one after another. Everything follows from the seed, unless the environment is at fault. */
  async play(steps: number, seed: number): Promise<readonly Entry[]> {
    const { timeLimit } = this.candidate;
    const [random, choices] = [new HostRandom(), new HostRandom().begin(seed, PURPOSE.acting, 0, 0)];
    const entries: Entry[] = [];
    let [episodes, elapsed, ends] = [0, 0, 0];
    for (let t = 0; t < steps; t++) {
      if (elapsed === 0) entries.push(await this.#reset(random.begin(seed, PURPOSE.environment, 0, episodes++)));
      const { entry, hasTerminated, hasEnded } = await this.#step(actionFor(this.candidate.actionSpace, t, choices));
      entries.push(entry);
      if (hasTerminated && !this.candidate.isAsync) this.#stepBeyond(actionFor(this.candidate.actionSpace, 0, choices));
      elapsed = hasEnded || elapsed + 1 === timeLimit ? 0 : elapsed + 1;
      ends += Number(hasEnded);
    }
    if (ends === steps) this.report("warning", "episode length", "every episode ended with its first step");
    if (ends === 0 && timeLimit === 0)
      this.report("warning", "episode length", `no episode ended in ${steps} steps, and there is no time limit`);
    this.#checkGiven();
    return entries;
  }

  async #reset(random: HostRandom): Promise<Entry> {
    return this.#observe(await this.#attempt("reset()", () => this.environment.reset(random)), "reset()");
  }

  async #step(action: number | Float32Array) {
    const taken = typeof action === "number" ? action : action.slice();
    const outcome = await this.#attempt(`step(${describe(action)})`, () => this.environment.step(taken));
    this.#refuse(wrongOutcome(outcome));
    if (describe(taken) !== describe(action)) {
      this.report("warning", "changed action", "step() changes the numbers of its action; runs give it a copy, others may not");
    }
    const { observation, reward, terminated, truncated = false } = outcome;
    const numbers = this.#observe(observation, "step()");
    const entry = new Float32Array(numbers.length + 3);
    entry.set(numbers);
    entry.set([reward, Number(terminated), Number(truncated)], numbers.length);
    return { entry, hasTerminated: terminated, hasEnded: terminated || truncated };
  }

  /** What a run never does. Not tried where answers take their time: there may be none. */
  #stepBeyond(action: number | Float32Array): void {
    try {
      const outcome = (this.environment as Environment).step(action);
      if (outcome.terminated) return;
      this.report(
        "warning",
        "beyond the end",
        "after a terminal state step() goes on as if there had been none; throw there to find who forgets reset()",
      );
    } catch {
      // As it should be.
    }
  }

  /** The numbers of an observation, checked and copied. */
  #observe(observation: unknown, source: string): Entry {
    const { observationSpace: space } = this.candidate;
    this.#refuse(wrongObservation(space, observation, source));
    if (space.kind === "discrete") return Float32Array.of(observation as number);
    const values = observation as ArrayLike<number>;
    const numbers = Float32Array.from(values);
    if (this.#given.length < KEPT) this.#given.push({ values, numbers });
    const stray = numbers.findIndex((x, i) => x < Math.fround(space.low[i] as number) || x > Math.fround(space.high[i] as number));
    if (stray >= 0) {
      const bounds = `[${space.low[stray]}, ${space.high[stray]}]`;
      this.report("error", "bounds", `${source} gave ${values[stray]} as number ${stray} of an observation, outside its bounds ${bounds}`);
    }
    return numbers;
  }

  #checkGiven(): void {
    if (this.#given.every(({ values, numbers }) => firstDifference(numbers, Float32Array.from(values)) < 0)) return;
    const advice = "runs copy it at once, but who keeps observations sees them change";
    this.report(
      "warning",
      "reused array",
      `observations change after they were given, as where one array is filled again and again; ${advice}`,
    );
  }

  #attempt<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    return attempt(this.candidate, what, work, this.report);
  }

  #refuse(complaint: string | undefined): void {
    if (complaint === undefined) return;
    this.report("error", "values", complaint);
    throw new Fault();
  }
}

/** What the work gives. An exception is reported, and so is a promise from an environment that promises none. */
export async function attempt<T>(
  { isAsync }: Pick<Candidate, "isAsync">,
  what: string,
  work: () => T | Promise<T>,
  report: Report,
): Promise<T> {
  try {
    const answer = work();
    if (isAsync || !isPromise(answer)) return await answer;
    report("error", "values", `${what} gave a promise; an environment that answers in promises is defined with defineAsyncEnvironment`);
  } catch (error) {
    report("error", "exceptions", `${what} threw ${error}`, error);
  }
  throw new Fault();
}

/** Every index in turn, or the corners of the box, and then what chance gives. */
function actionFor(space: Space, t: number, random: HostRandom): number | Float32Array {
  if (space.kind === "discrete") return t < space.n ? t : random.integer(space.n);
  return Float32Array.from(space.low, (lower, i) => {
    const upper = space.high[i] as number;
    const low = Number.isFinite(lower) ? lower : Math.min(upper, 0) - FAR;
    const high = Number.isFinite(upper) ? upper : Math.max(lower, 0) + FAR;
    return [low, high][t] ?? random.uniform(low, high);
  });
}

/** Where two lists of numbers differ first; -1 where they are the same. */
export function firstDifference(one: Float32Array, other: Float32Array): number {
  return one.findIndex((x, i) => !Object.is(x, other[i]));
}

function describe(action: number | Float32Array): string {
  return typeof action === "number" ? String(action) : `[${action}]`;
}
