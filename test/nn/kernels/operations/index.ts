/** Operations that algorithms are written in, each with inputs to try it on: what must agree between kernels, and be recordable. */
import type { Case } from "./case.js";
import { FUNCTIONS } from "./functions.js";
import { INDEXING } from "./indexing.js";
import { MOVING } from "./movement.js";
import { PAIRWISE } from "./pairwise.js";
import { MULTIPLYING } from "./products.js";
import { REDUCING } from "./reductions.js";
import { LEFT_TO_STOCK } from "./stock.js";

export type { Case } from "./case.js";

export const CASES: readonly Case[] = [
  ...[...FUNCTIONS, ...PAIRWISE, ...REDUCING, ...MOVING, ...INDEXING],
  ...[...MULTIPLYING, ...LEFT_TO_STOCK],
];
