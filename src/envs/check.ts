/** Tries an environment out before anyone trains on it, and tells the usual mistakes. */
import { UsageError } from "../core/errors.js";
import type { CustomSpec } from "./custom.js";
import type { AsyncEnvironment, Environment } from "./environment.js";
import { closeQuietly } from "./host-kernels.js";
import { HostRandom } from "./host-random.js";
import { wrongSpace } from "./host-values.js";
import type { EnvironmentSpec } from "./spec.js";
import { attempt, type Candidate, type Entry, Fault, type Finding, firstDifference, type Report, Trial } from "./trial.js";
import { makeVec } from "./vec-env.js";

/** How {@link checkEnv} tries an environment out. */
export interface CheckOptions {
  /** Decides the random numbers and the actions, 0 unless given. */
  readonly seed?: number;
  /** Steps to try, 500 unless given; each is taken three times. */
  readonly steps?: number;
  /** Whether to throw a UsageError that lists the errors if there are any; warnings are returned as ever. */
  readonly strict?: boolean;
}

/** How far from 0 a policy's first actions may lie. */
const REACH = 10;

/**
 * What is wrong with an environment or might be: spaces, values out of place, chance that the seed doesn't decide, episodes that
 * leave something behind, exceptions. An empty list means that nothing was found.
 * @param subject the spec of an environment, or a function that makes one
 */
export async function checkEnv(subject: EnvironmentSpec | (() => Environment), options: CheckOptions = {}): Promise<readonly Finding[]> {
  const findings = new Map<string, Finding>();
  const report: Report = (severity, check, message, cause) => {
    if (!findings.has(check)) findings.set(check, { severity, check, message, ...(cause === undefined ? {} : { cause }) });
  };
  const created: (Environment | AsyncEnvironment)[] = [];
  try {
    await tryOut(await candidateOf(subject, created, report), created, options, report);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  } finally {
    await closeQuietly(created);
  }
  if (options.strict) refuseErrors([...findings.values()]);
  return [...findings.values()];
}

/** @param created takes every environment that is made */
async function tryOut(
  candidate: Candidate,
  created: (Environment | AsyncEnvironment)[],
  { seed = 0, steps = 500 }: CheckOptions,
  report: Report,
): Promise<void> {
  checkSpaces(candidate, report);
  const one = await attempt(candidate, "create()", () => candidate.create(0), report);
  created.push(one);
  const other = await attempt(candidate, "create()", () => candidate.create(1), report);
  created.push(other);
  if (one === other) {
    report("error", "instances", "create() gives the same environment again, and lanes would share it; make a new one in each call");
    throw new Fault();
  }
  const trial = new Trial(candidate, one, report);
  const first = await trial.play(steps, seed);
  const elsewhere = await new Trial(candidate, other, report).play(steps, seed);
  const again = await trial.play(steps, seed);
  const advice = "take all chance from the random numbers that reset() is given";
  if (!areSame(first, elsewhere, "seed", `two environments play the same seed and actions differently; ${advice}`, report)) return;
  areSame(first, again, "reset", "reset() leaves something as it was: the same seed and actions go another way the second time", report);
  checkState(one, report);
}

/** Reports the first difference. */
function areSame(one: readonly Entry[], other: readonly Entry[], check: "seed" | "reset", message: string, report: Report): boolean {
  for (const [call, entry] of one.entries()) {
    const twin = other[call] ?? new Float32Array();
    const at = firstDifference(entry, twin);
    if (at < 0) continue;
    report("error", check, `${message} (number ${at} from call ${call + 1} is ${entry[at]}, then ${twin[at]})`);
    return false;
  }
  return true;
}

function checkSpaces({ observationSpace, actionSpace }: Candidate, report: Report): void {
  for (const [name, space] of Object.entries({ observationSpace, actionSpace })) {
    const complaint = wrongSpace(name, space);
    if (complaint === undefined) continue;
    report("error", "spaces", complaint);
    throw new Fault();
  }
  if (actionSpace.kind === "discrete") return;
  const bounds = [...actionSpace.low, ...actionSpace.high.map((high) => -high)];
  if (bounds.every((bound) => bound <= 0 && bound >= -REACH)) return;
  report("warning", "action range", "policies begin with actions around 0, about 1 in size; take such actions and scale them in step()");
}

/** Whether setState() puts in what state() takes out. */
function checkState(environment: Environment | AsyncEnvironment, report: Report): void {
  const { state, setState } = environment as Partial<Environment>;
  if (!state || !setState) {
    if (state || setState) report("warning", "state", "state() and setState() belong together; one of them is missing");
    return;
  }
  try {
    environment.reset(new HostRandom());
    const saved = Float32Array.from(state.call(environment));
    environment.reset(new HostRandom(1));
    setState.call(environment, saved.slice());
    const restored = Float32Array.from(state.call(environment));
    const at = firstDifference(saved, restored);
    if (at >= 0) report("error", "state", `setState() was given ${saved[at]} as number ${at}, but state() gives ${restored[at]}`);
  } catch (error) {
    report("error", "state", `state() or setState() threw ${error}`, error);
  }
}

async function candidateOf(
  subject: EnvironmentSpec | (() => Environment),
  created: (Environment | AsyncEnvironment)[],
  report: Report,
): Promise<Candidate> {
  if (typeof subject === "function") {
    const example = await attempt({ isAsync: false }, "create()", subject, report);
    created.push(example);
    const { observationSpace, actionSpace } = example;
    return { create: subject, isAsync: false, observationSpace, actionSpace };
  }
  if ("create" in subject) return subject as CustomSpec;
  const { observationSpace, actionSpace, timeLimit } = subject;
  return { create: () => alone(subject), isAsync: true, observationSpace, actionSpace, timeLimit };
}

/** One lane of a compiled environment, as if it were written in TypeScript. */
async function alone(spec: EnvironmentSpec): Promise<AsyncEnvironment> {
  const env = await makeVec(spec, { numEnvs: 1, timeLimit: 0 });
  const observed = (row: Float32Array) => (spec.observationSpace.kind === "discrete" ? (row[0] as number) : row.slice());
  return {
    reset: (random) => observed(env.reset(random.bits())),
    step(action) {
      const { observation, finalObservation, reward, terminated } = env.step(typeof action === "number" ? [action] : action);
      const hasTerminated = terminated[0] === 1;
      return {
        observation: observed(hasTerminated ? finalObservation : observation),
        reward: reward[0] as number,
        terminated: hasTerminated,
      };
    },
  };
}

function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  throw new UsageError(errors.map(({ message }) => message).join("; "), { cause: errors.find(({ cause }) => cause)?.cause });
}
