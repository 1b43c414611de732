/** What every batch of environments begins with, whatever steps it. */

@unmanaged
export class Header {
  numEnvs: i32;
  timeLimit: i32;
  seed: u32;
  purpose: u32;
  firstLane: i32; // what lanes are counted from, where others run elsewhere
}

@inline
export function align(bytes: usize): usize {
  return (bytes + 15) & ~15;
}

/** Prepares zeroed memory at `self` for `numEnvs` environments, the lanes from `firstLane` on. A limit of 0 means none. */
export function createBatch(self: usize, numEnvs: i32, timeLimit: i32, firstLane: i32): void {
  const header = changetype<Header>(self);
  header.numEnvs = numEnvs;
  header.timeLimit = timeLimit;
  header.firstLane = firstLane;
}

/** Steps after which an episode is truncated. */
@inline
export function stepLimit(header: Header): i32 {
  return header.timeLimit > 0 ? header.timeLimit : i32.MAX_VALUE;
}
