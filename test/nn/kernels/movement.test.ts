/** Kernels that move numbers and conditions: against naive loops, on both twins, with every kind of tail. */
import { beforeAll, describe, expect, it } from "vitest";
import { transposition, windowOf } from "../../../src/nn/kernels/shapes.js";
import { bitsOf } from "../../oracle/bits.js";
import { drawn, randomNormals, randomNumbers } from "../../oracle/random.js";
import { blank, bothTwins, bytes, floats, integers, LENGTHS, type Setup } from "./setup.js";

let twins: readonly [Setup, Setup];

beforeAll(async () => {
  twins = await bothTwins();
});

/** A NaN whose bits are not the usual ones, which moving must not change. */
const ODD_NAN = new Float32Array(Int32Array.of(0x7fa12345).buffer);

function numbers(length: number, seed: number): Float32Array {
  return drawn(length, randomNormals(seed));
}

describe("filling", () => {
  it.each(LENGTHS)("writes the same bits %i times", (n) => {
    for (const setup of twins) {
      const y = blank(setup, n);
      const bits = new Int32Array(ODD_NAN.buffer)[0] as number;
      setup.nn.fill(y.address, n, bits);
      expect([...new Int32Array(y.data.buffer, y.address, n)]).toEqual(Array(n).fill(bits));
      const some = bytes(setup, Array(n).fill(9));
      setup.nn.fillBytes(some.address, n, 1);
      expect(some.read()).toEqual(Array(n).fill(1));
    }
  });
});

describe("blocks", () => {
  const SIZES = [1, 2, 3, 4, 5, 8, 12, 16, 20, 37, 127, 128, 129, 400];

  it.each(SIZES)("of %i bytes are copied between any strides", (size) => {
    for (const setup of twins) {
      for (const count of [0, 1, 2, 5]) {
        const random = randomNumbers(size);
        const [yStride, xStride] = [size + 3, size + 5];
        const x = Array.from({ length: Math.max(1, count) * xStride }, () => Math.floor(256 * random()));
        const [from, to] = [bytes(setup, x), bytes(setup, Array(Math.max(1, count) * yStride).fill(7))];
        setup.nn.copyBlocks(to.address, from.address, count, size, yStride, xStride);
        const wanted = to.read().map((_, at) => {
          const [block, offset] = [Math.floor(at / yStride), at % yStride];
          return block < count && offset < size ? x[block * xStride + offset] : 7;
        });
        expect(to.read()).toEqual(wanted);
      }
    }
  });

  it.each(SIZES)("of %i bytes are repeated", (size) => {
    for (const setup of twins) {
      for (const count of [1, 3]) {
        for (const times of [0, 1, 2, 3, 7, 8]) {
          const random = randomNumbers(size + times);
          const x = Array.from({ length: count * size }, () => Math.floor(256 * random()));
          const y = bytes(setup, Array(count * size * times).fill(7));
          setup.nn.repeatBlocks(y.address, bytes(setup, x).address, count, times, size);
          const wanted = y.read().map((_, at) => x[Math.floor(at / (size * times)) * size + (at % size)]);
          expect(y.read()).toEqual(wanted);
        }
      }
    }
  });

  it("are transposed, in every shape", () => {
    for (const setup of twins) {
      for (const rows of LENGTHS) {
        for (const columns of LENGTHS) {
          const x = numbers(2 * rows * columns, rows + columns);
          if (x.length > 5) x.set(ODD_NAN, 5);
          const [from, y] = [floats(setup, x), blank(setup, x.length)];
          setup.nn.transpose(y.address, from.address, 2, rows, columns);
          const source = (at: number) => {
            const [batch, place] = [Math.floor(at / (rows * columns)), at % (rows * columns)];
            return batch * rows * columns + (place % rows) * columns + Math.floor(place / rows);
          };
          const [got, given] = [y, from].map(({ address }) => new Int32Array(setup.heap.memory.buffer, address, x.length)) as [
            Int32Array,
            Int32Array,
          ];
          expect([...got], `[${rows},${columns}]`).toEqual(Array.from(got, (_, at) => given[source(at)]));
        }
      }
    }
  });
});

describe("indices", () => {
  it.each(LENGTHS)("make %i one-hot rows, and none of what lies outside", (n) => {
    for (const setup of twins) {
      for (const depth of [1, 2, 3, 4, 5, 9]) {
        const index = Array.from({ length: n }, (_, i) => ((i * 7) % (depth + 2)) - 1);
        const y = integers(setup, new Int32Array(n * depth).fill(9));
        setup.nn.oneHot(y.address, integers(setup, index).address, n, depth, 5, -2);
        expect([...y.data]).toEqual(index.flatMap((hot) => Array.from({ length: depth }, (_, j) => (j === hot ? 5 : -2))));
      }
    }
  });

  const GATHERS = [1, 2].flatMap((batch) =>
    [1, 3].flatMap((outer) => [1, 2, 4, 5, 9].flatMap((inner) => [0, 1, 3, 8].map((count) => ({ batch, outer, inner, count })))),
  );
  const SIZE = 4;

  it.each(GATHERS)("gather $count blocks of $inner for $batch times $outer, and add them up again", ({ batch, outer, inner, count }) => {
    const index = Array.from({ length: batch * count }, (_, i) => ((i * 5) % (SIZE + 2)) - 1); // from -1 to SIZE
    const x = numbers(batch * outer * SIZE * inner, 1);
    const y = numbers(batch * outer * count * inner, 2);
    const sums = new Float32Array(x.length);
    const gathered = Float32Array.from(y, (value, at) => {
      const [row, i] = [Math.floor(at / inner), at % inner];
      const chosen = index[Math.floor(row / (outer * count)) * count + (row % count)] as number;
      if (chosen < 0 || chosen >= SIZE) return -7;
      const place = (Math.floor(row / count) * SIZE + chosen) * inner + i;
      sums[place] = (sums[place] as number) + value;
      return x[place] as number;
    });
    const nothing = new Int32Array(Float32Array.of(-7).buffer)[0] as number;
    for (const setup of twins) {
      const { address } = integers(setup, index);
      const [got, added] = [blank(setup, y.length), blank(setup, x.length)];
      setup.nn.gather(got.address, floats(setup, x).address, address, batch, outer, SIZE, count, inner, nothing);
      setup.nn.scatterAdd(added.address, floats(setup, y).address, address, batch, outer, SIZE, count, inner);
      expect(bitsOf(got.data)).toBe(bitsOf(gathered));
      expect([...added.data]).toEqual([...sums]);
    }
  });
});

describe("conditions", () => {
  const LONG = [...LENGTHS, 15, 16, 17, 50];
  const flags = (n: number, seed: number) => {
    const random = randomNumbers(seed);
    return Array.from({ length: n }, () => Number(random() < 0.5));
  };

  it.each(LONG)("combine %i at a time", (n) => {
    const [a, b] = [flags(n, 1), flags(n, 2)];
    for (const setup of twins) {
      const [left, right] = [bytes(setup, a), bytes(setup, b)];
      const y = bytes(setup, Array(n).fill(7));
      setup.nn.logicalAnd(y.address, left.address, right.address, n);
      expect(y.read()).toEqual(a.map((flag, i) => flag & (b[i] as number)));
      setup.nn.logicalOr(y.address, left.address, right.address, n);
      expect(y.read()).toEqual(a.map((flag, i) => flag | (b[i] as number)));
      setup.nn.logicalNot(y.address, left.address, n);
      expect(y.read()).toEqual(a.map((flag) => 1 - flag));
    }
  });

  it.each(LONG)("select among %i numbers, bits and all, and become numbers", (n) => {
    const [condition, a, b] = [flags(n, 3), numbers(n, 4), numbers(n, 5)];
    if (n > 0) a.set(ODD_NAN);
    for (const setup of twins) {
      const chosen = bytes(setup, condition);
      const [left, right, y] = [floats(setup, a), floats(setup, b), blank(setup, n)];
      setup.nn.select(y.address, chosen.address, left.address, right.address, n);
      const words = ({ address }: { address: number }) => [...new Int32Array(setup.heap.memory.buffer, address, n)];
      expect(words(y)).toEqual(words(left).map((word, i) => (condition[i] ? word : words(right)[i])));
      setup.nn.floatFromBool(y.address, chosen.address, n);
      expect([...y.data]).toEqual(condition);
    }
  });

  it.each(LENGTHS)("%i integers become numbers and numbers integers", (n) => {
    const wholes = Array.from({ length: n }, (_, i) => (i % 3 ? -1 : 1) * (2 ** 24 + i));
    const parts = Array.from({ length: n }, (_, i) => [0.9, -0.9, 3.5, -2.5, Number.NaN, 3e9, -3e9, Infinity][i % 8] as number);
    const cut = [0, 0, 3, -2, 0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1];
    for (const setup of twins) {
      const y = blank(setup, n);
      setup.nn.floatFromInt(y.address, integers(setup, wholes).address, n);
      expect([...y.data]).toEqual(wholes.map(Math.fround));
      const z = integers(setup, new Int32Array(n));
      setup.nn.intFromFloat(z.address, floats(setup, parts).address, n);
      expect([...z.data]).toEqual(parts.map((_, i) => cut[i % 8]));
    }
  });
});

it("nothing was written beside a result", () => {
  for (const { heap } of twins) expect(heap.damaged()).toEqual([]);
});

describe("shapes", () => {
  it.each([
    [[5], [2], [3], { starts: [2], count: 1, block: 3, stride: 0 }],
    [[3, 4], [0, 0], [3, 4], { starts: [0], count: 1, block: 12, stride: 0 }],
    [[3, 4], [1, 0], [2, 4], { starts: [4], count: 1, block: 8, stride: 0 }],
    [[3, 4], [1, 1], [2, 2], { starts: [5], count: 2, block: 2, stride: 4 }],
    [[2, 3, 4], [0, 0, 1], [2, 3, 2], { starts: [1], count: 6, block: 2, stride: 4 }],
    [[2, 3, 4], [0, 1, 1], [2, 2, 2], { starts: [5, 17], count: 2, block: 2, stride: 4 }],
    [[], [], [], { starts: [0], count: 1, block: 1, stride: 0 }],
  ] as const)("a part of [%s] at [%s] of size [%s] is seen as blocks", (shape, begin, size, wanted) => {
    expect(windowOf(shape, begin, size)).toEqual(wanted);
  });

  it.each([
    [[3, 4], [1, 0], { shape: [4, 3], batch: 1, rows: 3, columns: 4 }],
    [[3, 4], [0, 1], { shape: [3, 4], batch: 1, rows: 1, columns: 12 }],
    [[2, 3, 4], [1, 2, 0], { shape: [3, 4, 2], batch: 1, rows: 2, columns: 12 }],
    [[2, 3, 4], [0, 2, 1], { shape: [2, 4, 3], batch: 2, rows: 3, columns: 4 }],
    [[2, 1, 4], [1, 0, 2], { shape: [1, 2, 4], batch: 1, rows: 1, columns: 8 }],
    [[2, 3, 4], [1, 0, 2], undefined],
  ])("the permutation of [%s] by [%s] is seen as the transposition of matrices", (shape, perm, wanted) => {
    expect(transposition(shape, perm)).toEqual(wanted);
  });
});
