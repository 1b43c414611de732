/** Whether an export acts as its policy does. */
import { UsageError } from "../core/errors.js";
import type { Policy } from "../policy/policy.js";
import type { Trials } from "./observations.js";
import type { Plan } from "./plan.js";
import type { ExportedPolicy } from "./runtime.js";

/** What came of comparing an export with its policy. */
export interface Parity {
  /** Rows compared; 0 where nothing could be. */
  readonly rows: number;
  /** The largest difference of outputs and actions, in units of the row's largest number if that is above 1. */
  readonly difference: number;
  /** Why it was not checked. */
  readonly unchecked?: string;
}

/** What an export gives for the trials. */
export interface Acted {
  /** [rows, actions]: logits or means; the formats that give none leave it out. */
  readonly outputs?: ArrayLike<number>;
  /** [rows] indices or [rows, actions] vectors. */
  readonly actions: ArrayLike<number>;
}

/** Formats that compute by other means than the kernels must come this near. */
export const TOLERANCE = 1e-5;
const SEED = 7;
const SAMPLED_CALLS = 3;

/** What the policy itself does, row by row a new episode. */
export function actedBy(policy: Policy, plan: Plan, { rows, data }: Trials): Required<Acted> {
  const width = plan.frames * plan.size;
  const all = policy.logits(data);
  const stride = all.length / rows;
  policy.reset();
  let actions: ArrayLike<number> = [];
  for (let frame = 0; frame < plan.frames; frame++) {
    const newest = Float32Array.from({ length: rows * plan.size }, (_, i) => {
      return data[Math.floor(i / plan.size) * width + frame * plan.size + (i % plan.size)] as number;
    });
    actions = policy.actBatch(newest);
  }
  return { outputs: all.filter((_, i) => i % stride < plan.actions), actions };
}

/** Refuses an export whose outputs or actions are not those of the policy. */
export function compareActed(format: string, plan: Plan, wanted: Required<Acted>, got: Acted, rows: number): Parity {
  const { outputs = [] } = got;
  const differences = [
    ...(got.outputs ? rowDifferences(wanted.outputs, outputs, rows) : []),
    ...(plan.vector ? rowDifferences(wanted.actions, got.actions, rows) : []),
  ];
  const difference = differences.reduce((worst, one) => (one <= worst ? worst : one), 0);
  if (!(difference <= TOLERANCE)) refuse(format, `its outputs differ by ${difference.toExponential(1)}, at most ${TOLERANCE} is allowed`);
  if (!plan.vector) compareChoices(format, plan.actions, wanted, got, rows);
  return { rows, difference };
}

/** The largest difference in each row, relative to the row's largest number if that is above 1; NaN if lengths differ or a number is none. */
function rowDifferences(wanted: ArrayLike<number>, got: ArrayLike<number>, rows: number): number[] {
  if (wanted.length !== got.length) return [Number.NaN];
  const width = wanted.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    let [difference, largest] = [0, 1];
    for (let i = row * width; i < (row + 1) * width; i++) {
      difference = Math.max(difference, Math.abs((got[i] as number) - (wanted[i] as number)));
      largest = Math.max(largest, Math.abs(wanted[i] as number));
    }
    return difference / largest;
  });
}

/** Another index is only right where both outputs are as good as equal. */
function compareChoices(format: string, actions: number, wanted: Required<Acted>, got: Acted, rows: number): void {
  for (let row = 0; row < rows; row++) {
    const [ours, theirs] = [wanted.actions[row] as number, got.actions[row] as number];
    if (ours === theirs) continue;
    const [best = Number.NaN, other = Number.NaN] = [wanted.outputs[row * actions + ours], wanted.outputs[row * actions + theirs]];
    if (!(Math.abs(best - other) <= 2 * TOLERANCE * Math.max(1, Math.abs(best))))
      refuse(format, `it chooses action ${theirs} where the policy chooses ${ours} (row ${row})`);
  }
}

/** Refuses an export that differs from the policy in any bit: outputs, actions, and actions sampled from a seed. */
export function compareBits(format: string, plan: Plan, policy: Policy, exported: Omit<ExportedPolicy, "header">, trials: Trials): Parity {
  const { rows, data } = trials;
  const size = plan.size;
  const same = (what: string, wanted: ArrayLike<number> | number, got: ArrayLike<number> | number) => {
    if (!hasSameBits(wanted, got)) refuse(format, `its ${what} are not those of the policy, bit for bit`);
  };
  same("outputs", policy.logits(data), exported.logits(data));
  const batch = (call: number) => data.subarray(call * rows * size, (call + 1) * rows * size);
  for (const deterministic of [true, false]) {
    for (const one of [policy, exported]) {
      one.reset();
      one.seed(SEED);
    }
    const options = { deterministic };
    for (let call = 0; call < plan.frames; call++) {
      same("actions", policy.actBatch(batch(call), options), exported.actBatch(batch(call), options));
    }
    for (let call = 0; call < SAMPLED_CALLS * plan.frames && call < rows; call++) {
      const observation = data.subarray(call * size, (call + 1) * size);
      same("actions", policy.act(observation, options), exported.act(observation, options));
    }
  }
  return { rows, difference: 0 };
}

function hasSameBits(wanted: ArrayLike<number> | number, got: ArrayLike<number> | number): boolean {
  if (typeof wanted === "number" || typeof got === "number") return Object.is(wanted, got);
  return wanted.length === got.length && Array.from(wanted).every((value, i) => Object.is(value, got[i]));
}

/** A mismatch is the export's fault or float32's, never the caller's files': still nothing is written, and one line says so. */
export function refuse(format: string, reason: string): never {
  throw new UsageError(`the ${format} export does not act as the policy does: ${reason}; nothing was written`);
}
