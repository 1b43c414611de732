/** The flags of `lanewise train`, as the command line gives them. */
import { ensure } from "../core/errors.js";
import type { CheckpointOptions } from "../run/checkpoints/checkpoints.js";
import { parseCount, parseWhole } from "./input.js";

export interface TrainFlags {
  readonly steps?: string;
  readonly seed?: string;
  readonly seeds?: string;
  readonly workers?: string;
  readonly backend?: string;
  readonly out?: string;
  readonly from?: string;
  readonly resume?: string;
  readonly checkpointEvery?: string;
  readonly keepCheckpoints?: string;
  readonly saveReplay?: string;
  readonly log?: string;
  readonly evalEvery?: string;
  readonly stopAt?: string;
  readonly patience?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

/** When checkpoints are taken, and what they hold. */
export type Checkpointing = Required<Omit<CheckpointOptions, "store">>;

/** Undefined where none are to be taken. */
export function checkpointing(flags: TrainFlags): Checkpointing | undefined {
  const { every, ...others } = checkpointingGiven(flags);
  if (every.value) return { every: every.value, keep: others.keep.value ?? 3, saveReplay: others.saveReplay.value ?? 256 };
  for (const { flag, value } of Object.values(others)) {
    ensure(value === undefined, () => `${flag} is for runs with checkpoints; give --checkpoint-every too`);
  }
  return undefined;
}

/** What flags say about checkpoints. */
export function checkpointingGiven({ checkpointEvery, keepCheckpoints, saveReplay }: TrainFlags) {
  return {
    every: { flag: "--checkpoint-every", value: parseWhole("--checkpoint-every", checkpointEvery) },
    keep: { flag: "--keep-checkpoints", value: parseCount("--keep-checkpoints", keepCheckpoints) },
    saveReplay: { flag: "--save-replay", value: parseWhole("--save-replay", saveReplay) },
  };
}

/** For what trains several runs at once. */
export function refuseCheckpoints(what: string, { resume, ...flags }: TrainFlags): void {
  const given = Object.values(checkpointingGiven(flags)).find(({ value }) => value !== undefined);
  ensure(
    resume === undefined && !given,
    () => `${what} doesn't go with ${given?.flag ?? "--resume"}: checkpoints are for one run at a time`,
  );
}
