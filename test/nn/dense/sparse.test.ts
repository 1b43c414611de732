/** Layers whose inputs and gradients are 0 in many places: the bits of the scalar twin, which leaves nothing out, and where zeros are left out. */
import { expect, it } from "vitest";
import { ACTIVATION } from "../../../src/wasm/layers.js";
import { bitsOf } from "../../oracle/bits.js";
import { randomNumbers } from "../../oracle/random.js";
import { denseForward, randomColumn, randomLayer, type Setup, scalarModule, scratchOf, setUp } from "./setup.js";

/** Shares of zeros: none, too few to be left out, as rectified signals have them, nearly all, all. */
const SHARES = [0, 0.2, 0.5, 0.95, 1];
/** Whole and ragged groups of eight rows, and more than the 64 of a training block. */
const ROWS = [16, 23, 65];
/** Three, two and one panel of eight columns and columns beyond them, alone and together. */
const WIDTHS = [16, 17, 24, 31, 40, 51, 64, 75];
/** As many numbers as a row may have at least, and more than are multiplied in one pass of the dense product. */
const DEPTHS = [16, 37, 300];

/** Puts zeros of either sign in random places. */
function thin(data: Float32Array, share: number, seed: number): void {
  const random = randomNumbers(seed);
  for (let i = 0; i < data.length; i++) if (random() < share) data[i] = random() < 0.5 ? 0 : -0;
}

interface Sizes {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly share: number;
}

function forward(setup: Setup, { rows, inputs, outputs, share }: Sizes) {
  const layer = randomLayer(setup, rows, inputs, outputs);
  thin(layer.x.data, share, 1);
  denseForward(setup, layer, "relu");
  return layer;
}

function backward(setup: Setup, sizes: Sizes): string {
  const { x, w, y, rows, inputs, outputs } = forward(setup, sizes);
  const dy = randomColumn(setup, [rows, outputs], 4);
  thin(dy.data, sizes.share, 2);
  const [dx, dw, db] = [
    randomColumn(setup, [rows, inputs], 5),
    randomColumn(setup, [inputs, outputs], 6),
    randomColumn(setup, [outputs], 7),
  ];
  const scratch = scratchOf(setup, setup.nn.denseScratchBytes(inputs, outputs));
  scratch.data.fill(Number.NaN);
  const addresses = [dx, dw, db, x, w, y, dy].map(({ address }) => address) as [number, number, number, number, number, number, number];
  setup.nn.denseBackward(...addresses, rows, inputs, outputs, ACTIVATION.relu, scratch.address);
  return bitsOf(dx.data, dw.data, db.data);
}

it.each(SHARES)("with %d of their inputs 0 have the outputs and gradients of the scalar twin", async (share) => {
  for (const inputs of DEPTHS) {
    for (const outputs of WIDTHS) {
      const [simd, scalar] = [await setUp(), await setUp(scalarModule)];
      for (const rows of ROWS.filter((count) => count * inputs < 10_000)) {
        const sizes = { rows, inputs, outputs, share };
        expect(bitsOf(forward(simd, sizes).y.data), JSON.stringify(sizes)).toBe(bitsOf(forward(scalar, sizes).y.data));
        expect(backward(simd, sizes), JSON.stringify(sizes)).toBe(backward(scalar, sizes));
        expect(simd.heap.damaged(), JSON.stringify(sizes)).toEqual([]);
      }
    }
  }
});

it.each([
  [0.2, true],
  [0.5, false],
])("with %d of their inputs 0 take a weight that no input meets into account: %s", async (share, isNoticed) => {
  const setup = await setUp();
  const layer = randomLayer(setup, 32, 40, 48);
  thin(layer.x.data, share, 3);
  for (let row = 0; row < 32; row++) layer.x.data[row * 40 + 7] = 0;
  layer.w.data[7 * 48 + 5] = Number.NaN;
  denseForward(setup, layer, "linear");
  const columns = [...layer.y.data.keys()].filter((i) => Number.isNaN(layer.y.data[i])).map((i) => i % 48);
  expect(columns).toEqual(isNoticed ? Array(32).fill(5) : []);
});
