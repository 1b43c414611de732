/** Kernels of dense layers, acting and training, against float64, against their scalar twins, and against themselves in other batches. */
import { describe, expect, it } from "vitest";
import { type Column, column } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../../src/wasm/kernels.js";
import { ACTIVATION, type Activation } from "../../src/wasm/layers.js";
import { bitsOf } from "../oracle/bits.js";
import { type GuardedHeap, guardedHeap } from "../oracle/guarded-heap.js";
import { drawn, randomNormals } from "../oracle/random.js";

/** Rounding to float32: at most this much of the number, for each operation. */
const UNIT_ROUNDOFF = 2 ** -24;
/** What the float32 tanh adds to the error of its argument: two units in the last place of a number up to 1. */
const TANH_ERROR = 4 * UNIT_ROUNDOFF;

/** Whole and ragged groups of four rows, and more than the 64 rows of a training block. */
const ROWS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 33, 65];
/** Tiles of eight, four and single columns, alone and together. */
const OUTPUTS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 33];
const INPUTS = [1, 2, 5, 17];
const WIDTHS = INPUTS.flatMap((inputs) => OUTPUTS.map((outputs) => ({ inputs, outputs })));
const ACTIVATIONS = Object.keys(ACTIVATION) as Activation[];

interface Setup {
  readonly heap: GuardedHeap;
  readonly nn: NnKernels;
}

async function setUp(module = MODULES.nn): Promise<Setup> {
  const heap = guardedHeap();
  return { heap, nn: await instantiate<NnKernels>(heap, module) };
}

const scalarModule = new URL(MODULES.nn.href.replace(/\.wasm$/, ".scalar.wasm"));

/** A column in whose slack there is rubbish, so that a read beyond its end can't go unnoticed. */
function randomColumn({ heap }: Setup, shape: readonly number[], seed: number): Column<"float32"> {
  const made = column(heap, shape);
  made.data.set(drawn(made.length, randomNormals(seed)));
  heap.soil();
  return made;
}

const scratchOf = ({ heap }: Setup, bytes: number) => column(heap, [Math.ceil(bytes / 4)]);

/** An element of op(a) · op(b) in float64, and the sum of its terms' sizes, by which float32's error is bounded. */
function product64(length: number, a: (k: number) => number, b: (k: number) => number): { sum: number; size: number } {
  let [sum, size] = [0, 0];
  for (let k = 0; k < length; k++) {
    sum += a(k) * b(k);
    size += Math.abs(a(k) * b(k));
  }
  return { sum, size };
}

const activate64 = { linear: (x: number) => x, tanh: Math.tanh, relu: (x: number) => Math.max(0, x) };

interface Layer {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly x: Column<"float32">;
  readonly w: Column<"float32">;
  readonly b: Column<"float32">;
  readonly y: Column<"float32">;
}

function randomLayer(setup: Setup, rows: number, inputs: number, outputs: number): Layer {
  const [x, w, b] = [randomColumn(setup, [rows, inputs], 1), randomColumn(setup, [inputs, outputs], 2), randomColumn(setup, [outputs], 3)];
  const y = column(setup.heap, [rows, outputs]);
  y.data.fill(Number.NaN);
  return { rows, inputs, outputs, x, w, b, y };
}

/** Errors of y in units of what float32 arithmetic allows: at most 1 passes. */
function excess({ rows, inputs, outputs, x, w, b, y }: Layer, activation: Activation): number {
  const [xs, ws, bs, ys] = [x.data, w.data, b.data, y.data];
  let worst = 0;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < outputs; j++) {
      const { sum, size } = product64(
        inputs,
        (k) => xs[row * inputs + k] as number,
        (k) => ws[k * outputs + j] as number,
      );
      const bias = bs[j] as number;
      const bound = (inputs + 1) * UNIT_ROUNDOFF * (size + Math.abs(bias)) + (activation === "tanh" ? TANH_ERROR : 0);
      const error = Math.abs((ys[row * outputs + j] as number) - activate64[activation](sum + bias)) / bound;
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
    }
  }
  return worst;
}

const dense = ({ nn }: Setup, { x, w, b, y, rows, inputs, outputs }: Layer, activation: Activation) =>
  nn.dense(y.address, x.address, w.address, b.address, rows, inputs, outputs, ACTIVATION[activation]);

function denseForward(setup: Setup, { x, w, b, y, rows, inputs, outputs }: Layer, activation: Activation): void {
  const scratch = scratchOf(setup, setup.nn.denseScratchBytes(inputs, outputs));
  setup.nn.denseForward(y.address, x.address, w.address, b.address, rows, inputs, outputs, ACTIVATION[activation], scratch.address);
}

describe.each([
  ["the layer that acts", dense],
  ["the layer that learns", denseForward],
])("%s", (_, run) => {
  it.each(ACTIVATIONS)("followed by %s is within float32's rounding of float64, for every shape", async (activation) => {
    for (const { inputs, outputs } of WIDTHS) {
      const setup = await setUp();
      for (const rows of ROWS) {
        const layer = randomLayer(setup, rows, inputs, outputs);
        run(setup, layer, activation);
        expect(excess(layer, activation), `[${rows},${inputs}]·[${inputs},${outputs}]`).toBeLessThanOrEqual(1);
      }
    }
  });

  it("has the bits of its scalar twin, for every shape", async () => {
    for (const { inputs, outputs } of WIDTHS) {
      const [simd, scalar] = [await setUp(), await setUp(scalarModule)];
      for (const rows of ROWS) {
        for (const activation of ACTIVATIONS) {
          const [a, b] = [randomLayer(simd, rows, inputs, outputs), randomLayer(scalar, rows, inputs, outputs)];
          run(simd, a, activation);
          run(scalar, b, activation);
          expect(bitsOf(a.y.data), `${activation} of [${rows},${inputs}]·[${inputs},${outputs}]`).toBe(bitsOf(b.y.data));
        }
      }
    }
  });

  it("gives each row the same bits whatever other rows there are", async () => {
    const setup = await setUp();
    for (const { inputs, outputs } of WIDTHS) {
      const all = randomLayer(setup, 70, inputs, outputs);
      run(setup, all, "tanh");
      for (const row of [0, 3, 64, 69]) {
        const one = { ...randomLayer(setup, 1, inputs, outputs), w: all.w, b: all.b };
        one.x.data.set(all.x.data.subarray(row * inputs, (row + 1) * inputs));
        run(setup, one, "tanh");
        expect(bitsOf(one.y.data)).toBe(bitsOf(all.y.data.subarray(row * outputs, (row + 1) * outputs)));
      }
    }
  });

  it("writes nothing but its outputs", async () => {
    for (const { inputs, outputs } of WIDTHS) {
      const setup = await setUp();
      for (const rows of ROWS) {
        const layer = randomLayer(setup, rows, inputs, outputs);
        const before = bitsOf(layer.x.data, layer.w.data, layer.b.data);
        run(setup, layer, "tanh");
        expect(bitsOf(layer.x.data, layer.w.data, layer.b.data)).toBe(before);
      }
      expect(setup.heap.damaged(), `${inputs} inputs, ${outputs} outputs`).toEqual([]);
    }
  });

  it("keeps a NaN, and lets no other row catch it", async () => {
    const setup = await setUp();
    const layer = randomLayer(setup, 6, 3, 9);
    layer.x.data[4] = Number.NaN; // row 1
    for (const activation of ACTIVATIONS) {
      run(setup, layer, activation);
      const isNaNs = Array.from(layer.y.data, Number.isNaN);
      expect(isNaNs).toEqual(Array.from({ length: 54 }, (_, i) => Math.floor(i / 9) === 1));
    }
  });
});

it("both layers have the same bits, so that learning sees what acting saw", async () => {
  for (const { inputs, outputs } of [...WIDTHS, { inputs: 64, outputs: 64 }]) {
    const setup = await setUp();
    for (const rows of ROWS) {
      const layer = randomLayer(setup, rows, inputs, outputs);
      dense(setup, layer, "tanh");
      const acting = bitsOf(layer.y.data);
      denseForward(setup, layer, "tanh");
      expect(bitsOf(layer.y.data), `[${rows},${inputs}]·[${inputs},${outputs}]`).toBe(acting);
    }
  }
});

it("the layer that acts has the bits of the plain loop that it comes from", async () => {
  const setup = await setUp();
  for (const { inputs, outputs } of WIDTHS) {
    for (const rows of ROWS) {
      const layer = randomLayer(setup, rows, inputs, outputs);
      dense(setup, layer, "linear");
      const tiled = bitsOf(layer.y.data);
      setup.nn.affineScalar(layer.y.address, layer.x.address, layer.w.address, layer.b.address, rows, inputs, outputs);
      expect(bitsOf(layer.y.data), `[${rows},${inputs}]·[${inputs},${outputs}]`).toBe(tiled);
    }
  }
});

describe("the gradient of a layer", () => {
  const derivative64 = { linear: () => 1, tanh: (y: number) => 1 - y * y, relu: (y: number) => Number(y > 0) };

  /** Runs the kernel and gives its results with the errors that float32 allows for. */
  function backward(setup: Setup, rows: number, inputs: number, outputs: number, activation: Activation, wantsInput = true) {
    const layer = randomLayer(setup, rows, inputs, outputs);
    denseForward(setup, layer, activation);
    const dy = randomColumn(setup, [rows, outputs], 4);
    const [dx, dw, db] = [
      randomColumn(setup, [rows, inputs], 5),
      randomColumn(setup, [inputs, outputs], 6),
      randomColumn(setup, [outputs], 7),
    ];
    const scratch = scratchOf(setup, setup.nn.denseScratchBytes(inputs, outputs));
    scratch.data.fill(Number.NaN);
    const code = ACTIVATION[activation];
    const { x, w, y } = layer;
    setup.nn.denseBackward(
      wantsInput ? dx.address : 0,
      dw.address,
      db.address,
      x.address,
      w.address,
      y.address,
      dy.address,
      rows,
      inputs,
      outputs,
      code,
      scratch.address,
    );
    return { ...layer, dy, dx, dw, db };
  }

  /** The largest error in units of what float32 arithmetic allows. */
  function gradientExcess(of: ReturnType<typeof backward>, activation: Activation): number {
    const { rows, inputs, outputs } = of;
    const [x, w, y, dy] = [of.x.data, of.w.data, of.y.data, of.dy.data];
    const dz = Float64Array.from(dy, (d, i) => d * derivative64[activation](y[i] as number));
    const at = (row: number, j: number) => dz[row * outputs + j] as number;
    const error = (got: number | undefined, { sum, size }: { sum: number; size: number }, terms: number) => {
      // three more roundings for each dz, and near tanh's ends one of a number near 1 whose difference from 1 is small
      const relative = Math.abs((got ?? Number.NaN) - sum) / ((terms + 4) * UNIT_ROUNDOFF * (size + 1));
      return Number.isNaN(relative) ? Infinity : relative;
    };
    const dx = Array.from(of.dx.data, (got, i) => {
      const [row, k] = [Math.floor(i / inputs), i % inputs];
      return error(
        got,
        product64(
          outputs,
          (j) => at(row, j),
          (j) => w[k * outputs + j] as number,
        ),
        outputs,
      );
    });
    const dw = Array.from(of.dw.data, (got, i) => {
      const [k, j] = [Math.floor(i / outputs), i % outputs];
      return error(
        got,
        product64(
          rows,
          (row) => x[row * inputs + k] as number,
          (row) => at(row, j),
        ),
        rows,
      );
    });
    const db = Array.from(of.db.data, (got, j) =>
      error(
        got,
        product64(
          rows,
          (row) => at(row, j),
          () => 1,
        ),
        rows,
      ),
    );
    return Math.max(...dx, ...dw, ...db);
  }

  it.each(ACTIVATIONS)("through %s is within float32's rounding of float64, for every shape", async (activation) => {
    for (const { inputs, outputs } of WIDTHS) {
      const setup = await setUp();
      for (const rows of [...ROWS, 130]) {
        const gradient = backward(setup, rows, inputs, outputs, activation);
        expect(gradientExcess(gradient, activation), `[${rows},${inputs}]·[${inputs},${outputs}]`).toBeLessThanOrEqual(1);
      }
      expect(setup.heap.damaged()).toEqual([]);
    }
  });

  it("has the bits of its scalar twin, for every shape", async () => {
    for (const { inputs, outputs } of WIDTHS) {
      const [simd, scalar] = [await setUp(), await setUp(scalarModule)];
      for (const rows of ROWS) {
        for (const activation of ACTIVATIONS) {
          const [a, b] = [simd, scalar].map((setup) => backward(setup, rows, inputs, outputs, activation)) as [
            ReturnType<typeof backward>,
            ReturnType<typeof backward>,
          ];
          const place = `${activation} of [${rows},${inputs}]·[${inputs},${outputs}]`;
          expect(bitsOf(a.dx.data, a.dw.data, a.db.data), place).toBe(bitsOf(b.dx.data, b.dw.data, b.db.data));
        }
      }
    }
  });

  it("leaves out the input's part if that is not wanted, and changes nothing else", async () => {
    const setup = await setUp();
    const [whole, part] = [true, false].map((wantsInput) => backward(setup, 9, 5, 7, "tanh", wantsInput)) as [
      ReturnType<typeof backward>,
      ReturnType<typeof backward>,
    ];
    expect(bitsOf(part.dw.data, part.db.data)).toBe(bitsOf(whole.dw.data, whole.db.data));
    expect(part.dx.data).toEqual(drawn(45, randomNormals(5)));
  });
});

describe("the product of matrices", () => {
  const SHAPES = [1, 2, 3, 4, 5, 9].flatMap((m) => [1, 3, 8, 17, 300].flatMap((k) => [1, 3, 4, 7, 8, 13].map((n) => ({ m, k, n }))));

  function multiply(setup: Setup, { m, k, n }: (typeof SHAPES)[number], transposeA: boolean, transposeB: boolean) {
    const a = randomColumn(setup, transposeA ? [k, m] : [m, k], 1);
    const b = randomColumn(setup, transposeB ? [n, k] : [k, n], 2);
    const c = randomColumn(setup, [m, n], 3);
    const scratch = scratchOf(setup, setup.nn.matMulScratchBytes(k, n));
    scratch.data.fill(Number.NaN);
    setup.nn.matMul(c.address, a.address, b.address, m, k, n, Number(transposeA), Number(transposeB), scratch.address);
    return { a, b, c };
  }

  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("is within float32's rounding of float64 and has its scalar twin's bits (transposed: %s, %s)", async (transposeA, transposeB) => {
    for (const shape of SHAPES) {
      const { m, k, n } = shape;
      const [setup, twin] = [await setUp(), await setUp(scalarModule)];
      const { a, b, c } = multiply(setup, shape, transposeA, transposeB);
      const [as, bs] = [a.data, b.data];
      const errors = Array.from(c.data, (got, i) => {
        const [row, j] = [Math.floor(i / n), i % n];
        const { sum, size } = product64(
          k,
          (step) => as[transposeA ? step * m + row : row * k + step] as number,
          (step) => bs[transposeB ? j * k + step : step * n + j] as number,
        );
        return Math.abs(got - sum) / (k * UNIT_ROUNDOFF * size);
      });
      expect(Math.max(...errors), `[${m},${k}]·[${k},${n}]`).toBeLessThanOrEqual(1);
      expect(setup.heap.damaged()).toEqual([]);
      expect(bitsOf(c.data)).toBe(bitsOf(multiply(twin, shape, transposeA, transposeB).c.data));
    }
  });
});
