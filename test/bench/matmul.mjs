/**
 * GFLOP/s of tf.matMul on our kernels and on the stock ones, in all four transpose forms. Through TensorFlow.js a product takes about ten
 * microseconds more than its kernel; replayed from a recording, as in updates, it takes the kernel's time.
 */
import * as tf from "@tensorflow/tfjs";
import { withBothKernels } from "./kernels.mjs";
import { race, randomNumbers } from "./measure.mjs";
import { rate } from "./report.mjs";
import { torchTimings } from "./torch.mjs";

/** [m, k, n]: two cubes, then a 64-64 network's products: its layers at batch 256, the middle one at 8192, and its weight's gradient. */
const SHAPES = [
  [64, 64, 64],
  [256, 256, 256],
  [256, 4, 64],
  [256, 64, 64],
  [256, 64, 2],
  [8192, 64, 64],
  [64, 256, 64],
];
const FORMS = [
  { name: "a·b", transposeA: false, transposeB: false, isPlain: true },
  { name: "a·bᵀ", transposeA: false, transposeB: true },
  { name: "aᵀ·b", transposeA: true, transposeB: false },
  { name: "aᵀ·bᵀ", transposeA: true, transposeB: true },
];

/** @param {import("./bench.mjs").Context} context */
export async function benchMatMul(context) {
  const { report, budget } = context;
  report.part("matmul", "tf.matMul, [m,k]·[k,n]; GFLOP/s");
  const torch = torchTimings(context);
  await withBothKernels(({ lanewise, stock }) => {
    for (const shape of SHAPES) {
      for (const form of FORMS) {
        const contenders = [
          replayed("ours, replayed", lanewise, shape, form),
          contender("ours", lanewise, shape, form),
          contender("stock tfjs kernels", stock, shape, form),
        ];
        const others = form.isPlain ? torch(`matmul ${shape.join("×")}`).map(perOperation(shape)) : [];
        report.group(`${shape.join("×")} ${form.name}`, rate("GFLOP/s", 1e9), [...race(contenders, budget), ...others]);
        for (const { operands } of contenders) tf.dispose(operands);
      }
    }
  });
}

/** PyTorch times whole products. */
function perOperation([m, k, n]) {
  const operations = 2 * m * k * n;
  return ({ name, min, median, max }) => ({ name, min: min / operations, median: median / operations, max: max / operations });
}

/** The operands stay the same from run to run, which spares the stock kernels their packing: they keep packed copies. */
function contender(name, { backend, prepare }, [m, k, n], form) {
  const { operands, product } = productOf([m, k, n], form);
  const run = () => {
    const result = product();
    const first = firstOf(backend, result);
    result.dispose();
    return first;
  };
  return { name, run, work: 2 * m * k * n, prepare, operands };
}

function replayed(name, { backend, prepare }, [m, k, n], form) {
  prepare();
  const { operands, product } = productOf([m, k, n], form);
  const { result, program, obstacle } = backend.record(product);
  if (!program) throw new Error(`${obstacle} kept a product from being recorded`);
  const run = () => {
    program.replay();
    return firstOf(backend, result);
  };
  return { name, run, work: 2 * m * k * n, prepare, operands: [...operands, result] };
}

function productOf([m, k, n], { transposeA, transposeB }) {
  const a = filled(transposeA ? [k, m] : [m, k]);
  const b = filled(transposeB ? [n, k] : [k, n]);
  return { operands: [a, b], product: () => tf.matMul(a, b, transposeA, transposeB) };
}

/** Its first number, where it lies now: the heap may have grown. */
function firstOf(backend, tensor) {
  return new Float32Array(backend.heap.memory.buffer, backend.address(tensor), 1)[0];
}

function filled([rows, columns]) {
  const random = randomNumbers(rows);
  return tf.tensor2d(Float32Array.from({ length: rows * columns }, random), [rows, columns]);
}
