/** The checkpoints that a run leaves: when they are due, which are kept, and which is the best. */
import { ensure } from "../../core/errors.js";
import { type Field, integer } from "../../core/options.js";
import type { RunState } from "../../core/run-state.js";
import { type Checkpoint, encodeCheckpoint } from "./file.js";
import { type CheckpointStore, folderStore } from "./store.js";

/** Where a run leaves checkpoints, how often, and how many. */
export interface CheckpointOptions {
  /** The path of a folder, or another store. */
  readonly store: string | CheckpointStore;
  /** Environment steps from one checkpoint to the next; they are taken between two iterations. */
  readonly every: number;
  /** How many of the latest are kept, 3 unless given; the best is kept beside them. */
  readonly keep?: number;
  /**
   * MiB that a replay buffer may have for checkpoints to hold it, 256 unless given. A larger one is left out: a run that is resumed then fills
   * its own again, and doesn't end as one that was never interrupted.
   */
  readonly saveReplay?: number;
}

const FIELDS = { every: integer(1, ""), keep: integer(3, ""), saveReplay: integer(256, "", { min: 0 }) } satisfies Record<
  string,
  Field<number>
>;

const MIB = 2 ** 20;
const BEST = "best.safetensors";
const NAME = /^checkpoint-(\d+)\.safetensors$/;

export class Checkpoints {
  readonly store: CheckpointStore;
  readonly #every: number;
  readonly #keep: number;
  /** Bytes that a part may grow to. */
  readonly #limit: number;

  /** @param best the largest mean return of checkpoints so far, where a run is resumed */
  constructor(
    { store, ...numbers }: CheckpointOptions,
    public best: number | null = null,
  ) {
    for (const [name, value = FIELDS[name as keyof typeof FIELDS]?.default] of Object.entries(numbers)) {
      const field = FIELDS[name as keyof typeof FIELDS] as Field<number> | undefined;
      ensure(field?.parse(value) !== undefined, () => `checkpoint.${name} is ${field?.range ?? "no option"}, not ${value}`);
    }
    this.store = typeof store === "string" ? folderStore(store) : store;
    this.#every = numbers.every;
    this.#keep = numbers.keep ?? FIELDS.keep.default;
    this.#limit = (numbers.saveReplay ?? FIELDS.saveReplay.default) * MIB;
  }

  /** Whether a multiple of the interval lies between these two numbers of steps. */
  isDue(before: number, steps: number): boolean {
    return Math.floor(steps / this.#every) > Math.floor(before / this.#every);
  }

  /** Says at once what checkpoints will not hold. */
  warnOfOmissions(state: RunState): void {
    for (const name of state.bulkierThan(this.#limit)) {
      console.warn(
        `lanewise: checkpoints leave out the ${name}, which is larger than the ${this.#limit / MIB} MiB of saveReplay; a run resumed from one fills it again, and does not end as one that was never interrupted`,
      );
    }
  }

  /**
   * Writes a checkpoint, and gives up those that are not to be kept any longer. Between two iterations only. Of a state in which something
   * learned isn't finite none is written: the one before it stays the newest.
   */
  async save(header: Omit<Checkpoint["header"], "best">, state: RunState): Promise<void> {
    const saved = await state.snapshot(this.#limit);
    if (!state.isSound(saved)) return;
    const { steps, meanReturn } = header;
    const isBest = meanReturn !== null && meanReturn > (this.best ?? -Infinity);
    if (isBest) this.best = meanReturn;
    const bytes = await encodeCheckpoint({ header: { ...header, best: this.best }, state: saved });
    await this.store.write(`checkpoint-${steps}.safetensors`, bytes);
    if (isBest) await this.store.write(BEST, bytes);
    for (const name of (await checkpointsIn(this.store)).slice(this.#keep)) await this.store.remove(name);
  }
}

/** The names of all checkpoints but the best, the newest first. */
export async function checkpointsIn(store: CheckpointStore): Promise<string[]> {
  const stepsOf = (name: string) => Number(NAME.exec(name)?.[1]);
  return (await store.list()).filter((name) => NAME.test(name)).sort((a, b) => stepsOf(b) - stepsOf(a));
}
