/** How the gradient of a dense layer divides: each thread takes some rows of dx, and some rows of dw, which are sums over the whole batch. */
import type { NnKernels } from "../../wasm/kernels.js";
import { type Arguments, NUMBER, type Part, PRODUCT, type Range, type SignatureOf } from "./call.js";
import { boundaries } from "./parts.js";

/** The arguments of denseBackward. */
function named([dx = 0, dw = 0, db = 0, x = 0, w = 0, y = 0, dy = 0, rows = 0, inputs = 0, outputs = 0]: Arguments) {
  return { dx, dw, db, x, w, y, dy, rows, inputs, outputs };
}

export function denseBackward(nn: NnKernels): SignatureOf {
  return (args) => {
    const { dx, dw, rows, inputs, outputs } = named(args);
    const products = Number(dx !== 0) + Number(dw !== 0);
    return {
      operands: [],
      divide: (threads) => divided(args, threads),
      scratch: { argument: 11, bytes: nn.denseScratchBytes(inputs, outputs) },
      cost: rows * outputs * (products * PRODUCT * inputs + 2 * NUMBER),
    };
  };
}

function divided(args: Arguments, threads: number): (Part | undefined)[] {
  const { dx, dw, rows, inputs } = named(args);
  const [rowBounds, inputBounds] = [boundaries(dx ? rows : 0, threads), boundaries(dw ? inputs : 0, threads)];
  return Array.from({ length: threads }, (_, thread) => {
    const part = [rowBounds[thread], rowBounds[thread + 1], inputBounds[thread], inputBounds[thread + 1]] as number[];
    const hasNone = thread > 0 && part[0] === part[1] && part[2] === part[3];
    return hasNone ? undefined : { kernel: "denseBackwardPart", args: [...args, ...part], ranges: rangesOf(args, part) };
  });
}

function rangesOf(args: Arguments, [firstRow = 0, endRow = 0, firstInput = 0, endInput = 0]: readonly number[]): Range[] {
  const { dx, dw, db, x, w, y, dy, rows, inputs, outputs } = named(args);
  const reads = (start: number, count: number): Range => ({ start, end: start + 4 * count, isWritten: false });
  const writes = (start: number, first: number, end: number): Range => ({
    start: start + 4 * first,
    end: start + 4 * end,
    isWritten: true,
  });
  return [
    ...[reads(y, rows * outputs), reads(dy, rows * outputs)],
    ...(dw ? [writes(dw, firstInput * outputs, endInput * outputs), reads(x, rows * inputs)] : []),
    ...(dw && firstInput === 0 ? [writes(db, 0, outputs)] : []),
    ...(dx ? [writes(dx, firstRow * inputs, endRow * inputs), reads(w, inputs * outputs)] : []),
  ];
}
