/** Dense layers forward, acting and learning, against float64, against their scalar twins, and against themselves in other batches. */
import { describe, expect, it } from "vitest";
import { ACTIVATION, type Activation } from "../../../src/wasm/layers.js";
import { bitsOf } from "../../oracle/bits.js";
import { ACTIVATIONS, denseForward, excess, type Layer, ROWS, randomLayer, type Setup, scalarModule, setUp, WIDTHS } from "./setup.js";

const dense = ({ nn }: Setup, { x, w, b, y, rows, inputs, outputs }: Layer, activation: Activation) =>
  nn.dense(y.address, x.address, w.address, b.address, rows, inputs, outputs, ACTIVATION[activation]);

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
