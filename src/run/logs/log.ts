/** Where the numbers of a run go, and what they are called there. */
import type { Metrics } from "../../core/metrics.js";
import { decodePolicy } from "../../policy/format.js";
import type { Callback } from "../callbacks/callback.js";

/** Numbers by their names within namespaces: "train/policyLoss". */
export type Scalars = Readonly<Record<string, number>>;

/** Somewhere to record numbers: a file, a page, a service. */
export interface Log {
  /** Records numbers at an environment step. */
  scalars(step: number, values: Scalars): void;
  /** Records how values are distributed, where the log can hold that. */
  histogram?(step: number, name: string, values: Float32Array): void;
  /** Publishes whatever is pending. */
  close(): void;
}

/** A record in a log of lines: what {@link Log.scalars} takes, with the step among it. */
export type LogRecord = { readonly steps: number } & Scalars;

/** Metrics that every run reports, with their namespaces; all others are the algorithm's, and of "train". */
const NAMESPACES: Readonly<Record<string, string>> = {
  iteration: "time",
  seconds: "time",
  stepsPerSecond: "time",
  episodes: "rollout",
  meanReturn: "rollout",
  meanLength: "rollout",
};
/** What isn't a curve: the step that numbers are recorded at, and a constant. */
const LEFT_OUT: readonly string[] = ["steps", "totalSteps"];

/** One iteration's metrics by the names that all logs use: `rollout/meanReturn`, `time/stepsPerSecond`, `train/policyLoss`. */
export function namespaced(metrics: Metrics): Scalars {
  const entries = Object.entries(metrics).filter(([name]) => !LEFT_OUT.includes(name));
  return Object.fromEntries(entries.map(([name, value]) => [name.includes("/") ? name : `${NAMESPACES[name] ?? "train"}/${name}`, value]));
}

/** The metrics behind a record of theirs, without the run's total: undoes {@link namespaced}. */
export function metricsOf({ steps, ...values }: LogRecord): Omit<Metrics, "totalSteps"> {
  const plain = Object.entries(values).map(([name, value]) => [name.replace(/^(time|rollout|train)\//, ""), value]);
  return { steps, ...Object.fromEntries(plain) };
}

/** A record as a line of JSON, where numbers that are none are null. */
export function lineOf(step: number, values: Scalars): string {
  return JSON.stringify({ steps: step, ...values });
}

/** The record in a line. */
export function recordOf(line: string): LogRecord {
  return JSON.parse(line, (_, value) => value ?? Number.NaN);
}

/** What {@link logTo} records besides metrics. */
export interface LoggingOptions {
  /** Environment steps from one record of the weights' distributions to the next; none unless given. */
  readonly histogramsEvery?: number;
}

/** Records every iteration's metrics, and the weights' distributions now and then, where the log can hold them. */
export function logTo(log: Log, { histogramsEvery = Infinity }: LoggingOptions = {}): Callback {
  let done = 0;
  return {
    async onIteration(metrics, run) {
      log.scalars(metrics.steps, namespaced(metrics));
      const due = Math.floor(metrics.steps / histogramsEvery);
      if (due > done && log.histogram) {
        const { tensors } = await decodePolicy(await (await run.policy()).bytes());
        for (const [name, { data }] of tensors) log.histogram(metrics.steps, `weights/${name}`, Float32Array.from(data));
      }
      done = due;
      return undefined;
    },
    onEnd: () => log.close(),
  };
}
