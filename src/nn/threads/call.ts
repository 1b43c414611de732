/** Kernel calls as threads see them: what they touch, what they cost, and how they divide. */

/** A kernel call's numbers, in the order of the kernel's parameters. */
export type Arguments = readonly number[];

/** Memory that a call touches. A unit is what the call divides into: a row, or a number. */
export interface Operand {
  /** Which argument is its address. */
  readonly argument: number;
  readonly isWritten: boolean;
  /** Bytes from what one unit touches to what the next one does; 0 if all units touch the same. */
  readonly stride: number;
  /** Bytes that one unit touches. */
  readonly bytes: number;
}

/** Bytes from `start` up to `end` that a call touches. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly isWritten: boolean;
}

/** A call, or one thread's part of it. */
export interface Part {
  readonly kernel: string;
  readonly args: Arguments;
  readonly ranges: readonly Range[];
}

export interface Signature {
  readonly operands: readonly Operand[];
  /** Which argument says how many units there are; undefined for a call of one piece. */
  readonly count?: number;
  /** For a call that divides some other way: the parts of so many threads. */
  readonly divide?: (threads: number) => readonly (Part | undefined)[];
  /** Memory for what lies between, which each thread needs for itself. */
  readonly scratch?: { readonly argument: number; readonly bytes: number };
  /** Nanoseconds that the call takes, roughly. */
  readonly cost: number;
}

export type SignatureOf = (args: Arguments) => Signature;

/** Nanoseconds for one multiplication and addition of a matrix product, and for a number of everything else. */
export const PRODUCT = 1 / 16;
export const NUMBER = 0.5;
