/** Tells people how a run gets on: a bar that is redrawn on a terminal, a plain line now and then elsewhere. */
import { now as steadyNow } from "../core/clock.js";
import type { Metrics } from "../core/metrics.js";

/** What a progress view needs of a stream; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressView {
  update(metrics: Metrics): void;
  /** A line of text that stays, above what is drawn later. */
  note(text: string): void;
  /** Shows the last update if it isn't shown yet, and leaves the cursor on a fresh line. */
  finish(): void;
}

/** Milliseconds between two drawings: what an eye can follow on a terminal, what a log can bear elsewhere. */
const REDRAW_INTERVAL = 100;
const LINE_INTERVAL = 5000;
/** Characters between the brackets. */
const SHORTEST_BAR = 4;
const LONGEST_BAR = 24;
const SHORT_NUMBER = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const ERASE_LINE = "\r\x1b[K";

/** @param now the clock, in milliseconds */
export function progressOn(stream: ProgressStream, now: () => number = steadyNow): ProgressView {
  const terminal = stream.isTTY === true;
  const interval = terminal ? REDRAW_INTERVAL : LINE_INTERVAL;
  let drawnAt = -Infinity;
  let pending: Metrics | undefined;
  let open = false;

  function draw(metrics: Metrics): void {
    drawnAt = now();
    pending = undefined;
    stream.write(terminal ? ERASE_LINE + progressBar(metrics, stream.columns || undefined) : `${describeProgress(metrics)}\n`);
    open = terminal;
  }
  return {
    update(metrics) {
      pending = metrics;
      if (now() - drawnAt >= interval) draw(metrics);
    },
    note(text) {
      stream.write(open ? `${ERASE_LINE}${text}\n` : `${text}\n`);
      open = false;
    },
    finish() {
      if (pending) draw(pending);
      if (open) stream.write("\n");
      open = false;
    },
  };
}

/** `[=====>    ]` in front of {@link describeProgress} in short numbers, as wide as there is room for in a line of `columns`. */
export function progressBar(metrics: Metrics, columns = 80): string {
  const text = describeProgress(metrics, formatShort);
  const room = columns - text.length - "[] ".length - 1;
  if (room < SHORTEST_BAR) return text.slice(0, columns - 1); // A line that wraps can't be redrawn.
  const width = Math.min(room, LONGEST_BAR);
  const done = Math.floor(fractionDone(metrics) * width);
  const bar = done < width ? `${"=".repeat(done)}>`.padEnd(width) : "=".repeat(width);
  return `[${bar}] ${text}`;
}

/** One line: ` 50 %  5,000/10,000 steps  2,500 steps/s  mean return 21.3  0:02 left`. */
export function describeProgress(metrics: Metrics, count: (n: number) => string = formatCount): string {
  const { steps, totalSteps, stepsPerSecond, meanReturn } = metrics;
  const secondsLeft = Math.max(0, totalSteps - steps) / stepsPerSecond;
  return [
    `${Math.floor(fractionDone(metrics) * 100)}`.padStart(3).concat(" %"),
    `${count(steps)}/${count(totalSteps)} steps`,
    `${count(stepsPerSecond)} steps/s`,
    `mean return ${formatReturn(meanReturn)}`,
    `${formatDuration(secondsLeft)} left`,
  ].join("  ");
}

/** A whole number with thousands set apart: 1,234,567. */
export function formatCount(count: number): string {
  return Number.isFinite(count) ? Math.round(count).toLocaleString("en-US") : "-";
}

/** A number in few characters: 1.23M. */
function formatShort(count: number): string {
  return Number.isFinite(count) ? SHORT_NUMBER.format(count) : "-";
}

/** A return with one decimal, `-` before the first episode ended. */
export function formatReturn(value: number): string {
  return Number.isFinite(value) ? value.toFixed(1) : "-";
}

/** Seconds as `0:07`, `12:34` or `1:02:03`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-:--";
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(s).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
}

function fractionDone({ steps, totalSteps }: Metrics): number {
  return totalSteps > 0 ? Math.min(1, steps / totalSteps) : 1;
}
