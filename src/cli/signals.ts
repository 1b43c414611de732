/** Ctrl-C and SIGTERM: the first asks for a stop at a good moment, the second ends the process at once. */
import { constants } from "node:os";
import { EXIT } from "./report.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Of work that keeps what it has finished. */
export const GOES_ON = "the same command goes on from here";

export type StopSignal = (typeof SIGNALS)[number];

export interface Stop {
  /** The signal that asked to stop, if one has. */
  readonly signal: StopSignal | undefined;
  /** Settles when a signal asks to stop. */
  readonly requested: Promise<void>;
  /** Leaves signals to the system again. */
  dispose(): void;
}

/** @param onFirst called when the first signal arrives */
export function listenForStop(onFirst: (signal: StopSignal) => void): Stop {
  let signal: StopSignal | undefined;
  const { promise: requested, resolve } = withResolvers();
  function listener(name: NodeJS.Signals): void {
    if (signal) process.exit(exitCodeOf(name as StopSignal));
    signal = name as StopSignal;
    onFirst(signal);
    resolve();
  }
  for (const name of SIGNALS) process.on(name, listener);
  return {
    get signal() {
      return signal;
    },
    requested,
    dispose: () => SIGNALS.forEach((name) => void process.off(name, listener)),
  };
}

/**
 * Does work that the first signal aborts. Returns the exit code.
 * @param outcome what becomes of aborted work, in words: "nothing was saved"
 */
export async function abortable(work: (signal: AbortSignal) => Promise<void>, outcome: string): Promise<number> {
  const end = new AbortController();
  const stop = listenForStop((signal) => end.abort(new Error(`stopped by ${signal}`)));
  try {
    await work(end.signal);
    return EXIT.ok;
  } catch (error) {
    if (!stop.signal) throw error;
    process.stderr.write(`stopped by ${stop.signal}; ${outcome}\n`);
    return exitCodeOf(stop.signal);
  } finally {
    stop.dispose();
  }
}

/** What a shell reports for a command that a signal ended: 130 for SIGINT, 143 for SIGTERM. */
export function exitCodeOf(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
