/** Tables of transitions on a heap, where assembly/envs/tabular.ts steps them. */
import { ensure } from "../../core/errors.js";
import { type Heap, zeroed } from "../../wasm/heap.js";
import { type EnvironmentKernels, instantiate, MODULES } from "../../wasm/kernels.js";
import type { Outcome, TransitionTable } from "./table.js";

/** The 32-bit numbers of an outcome, as class Outcome of the kernel has them: bound, next state, reward, whether it ends the episode. */
const OUTCOME_WORDS = 4;
/** How many words a random one is drawn from. */
const WORDS = 2 ** 32;

/** What makes a table's kernels on a heap; `module` is the compiled assembly/envs/tabular.ts. */
export function tabularKernels(
  table: TransitionTable,
  module: URL | WebAssembly.Module = MODULES.tabular,
): (heap: Heap) => Promise<EnvironmentKernels> {
  return async (heap) => {
    const kernels = await instantiate<EnvironmentKernels>(heap, module, { table: upload(heap, table) });
    return {
      ...kernels,
      setState(self, lane, address) {
        const state = new Float32Array(heap.memory.buffer, address, 1)[0] as number;
        const fits = Number.isInteger(state) && state >= 0 && state < table.states;
        ensure(fits, () => `a state is an integer from 0 to ${table.states - 1}, not ${state}`);
        kernels.setState(self, lane, address);
      },
    };
  };
}

/** Writes a table to the heap. Returns what the kernel imports: its sizes and addresses. */
function upload(heap: Heap, table: TransitionTable) {
  const rows = [...stepRows(table), initialRow(table)];
  const firsts = [0];
  for (const row of rows) firsts.push((firsts.at(-1) as number) + row.length);
  const rowsAddress = zeroed(heap, 4 * firsts.length);
  new Int32Array(heap.memory.buffer, rowsAddress, firsts.length).set(firsts);
  return {
    actions: table.actions,
    initialRow: rows.length - 1,
    rows: rowsAddress,
    outcomes: uploadOutcomes(heap, rows),
    isRandom: Number(rows.slice(0, -1).some(({ length }) => length > 1)),
  };
}

function stepRows(table: TransitionTable): (readonly Outcome[])[] {
  return Array.from({ length: table.states * table.actions }, (_, pair) =>
    possible(table.outcomes(Math.floor(pair / table.actions), pair % table.actions)),
  );
}

/** The beginning of an episode as if it were a step. */
function initialRow({ initial }: TransitionTable): readonly Outcome[] {
  return possible(initial.map((probability, nextState) => ({ probability, nextState, reward: 0, terminated: false })));
}

/** Without the outcomes that never happen, one of which a last bound could not keep out. */
function possible(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(({ probability }) => probability > 0);
}

function uploadOutcomes(heap: Heap, rows: readonly (readonly Outcome[])[]): number {
  const words = OUTCOME_WORDS * rows.reduce((count, { length }) => count + length, 0);
  const address = zeroed(heap, 4 * words);
  const integers = new Uint32Array(heap.memory.buffer, address, words);
  const floats = new Float32Array(heap.memory.buffer, address, words);
  let at = 0;
  for (const row of rows) {
    const bounds = boundsOf(row);
    for (const [i, { nextState, reward, terminated }] of row.entries()) {
      integers.set([bounds[i] as number, nextState], at);
      floats.set([reward, Number(terminated)], at + 2);
      at += OUTCOME_WORDS;
    }
  }
  return address;
}

/** For each outcome the 32-bit word from which on it no longer happens: cumulative probabilities, each off by at most 2^-33. */
function boundsOf(row: readonly Outcome[]): number[] {
  let cumulative = 0;
  return row.map(({ probability }) => {
    cumulative += probability;
    return Math.min(Math.round(cumulative * WORDS), WORDS - 1);
  });
}
