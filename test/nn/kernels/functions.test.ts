/** Elementwise functions and their gradients: against float64, against their scalar twins, at every length, in place, with NaN. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Column } from "../../../src/wasm/heap.js";
import { GRADIENT, UNARY } from "../../../src/wasm/kernels.js";
import { drawn, randomNormals } from "../../oracle/random.js";
import { blank, bothTwins, comparable, floats, LENGTHS, type Setup, worstUlps } from "./setup.js";

/** A function in float64 with the largest error of ours in units of the last place: what test/assembly/math.test.ts holds them to. */
interface Oracle {
  readonly of: (x: number) => number;
  readonly ulps: number;
}

const exact = (of: (x: number) => number): Oracle => ({ of, ulps: 0.5001 }); // one rounding; the oracle rounds a little too

const log1pExp = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const logistic = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const roundHalfEven = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

const FUNCTIONS: Readonly<Record<(typeof UNARY)[number], Oracle>> = {
  Neg: exact((x) => -x),
  Abs: exact(Math.abs),
  Square: exact((x) => x * x),
  Sqrt: exact(Math.sqrt),
  Rsqrt: { of: (x) => 1 / Math.sqrt(x), ulps: 1.5 },
  Reciprocal: exact((x) => 1 / x),
  Exp: { of: Math.exp, ulps: 1 },
  Expm1: { of: Math.expm1, ulps: 1.7 },
  Log: { of: Math.log, ulps: 0.9 },
  Log1p: { of: Math.log1p, ulps: 0.9 },
  Tanh: { of: Math.tanh, ulps: 3.9 },
  Sigmoid: { of: logistic, ulps: 2.6 },
  Softplus: { of: log1pExp, ulps: 2 },
  Relu: exact((x) => (x < 0 ? 0 : x)),
  Relu6: exact((x) => (x < 0 ? 0 : x > 6 ? 6 : x)),
  Elu: { of: (x) => (x > 0 ? x : Math.expm1(x)), ulps: 1.7 },
  Sign: exact(Math.sign),
  Floor: exact(Math.floor),
  Ceil: exact(Math.ceil),
  Round: exact(roundHalfEven),
};

const SPECIAL = [Number.NaN, -Infinity, Infinity, 0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, 6, 7, 1e-30, -1e-30];

/** Numbers of all sizes, and those at which functions turn. */
function sample(length: number, seed: number): Float32Array {
  const normal = randomNormals(seed);
  return drawn(length, () => (normal() > 1.2 ? (SPECIAL[Math.floor(Math.abs(normal() * 50)) % SPECIAL.length] as number) : 3 * normal()));
}

let simd: Setup;
let scalar: Setup;

beforeAll(async () => {
  [simd, scalar] = await bothTwins();
});

type Run = (setup: Setup, y: Column, x: Column, dy: Column, n: number) => void;

/** The result of a kernel on both twins, which must be the same bits but for the payload of a NaN. */
function onBoth(run: Run, x: Float32Array, dy: Float32Array = x): Float32Array {
  const [first, second] = [simd, scalar].map((setup) => {
    const y = blank(setup, x.length);
    run(setup, y, floats(setup, x), floats(setup, dy), x.length);
    return y.data.slice();
  }) as [Float32Array, Float32Array];
  expect(comparable(first)).toBe(comparable(second));
  return first;
}

describe.each(UNARY)("%s", (name) => {
  const { of, ulps } = FUNCTIONS[name];
  const run: Run = ({ nn }, y, x, _, n) => nn[`unary${name}`](y.address, x.address, n);

  it.each(LENGTHS)("of %i numbers is float64's, and its scalar twin's to the bit", (n) => {
    const x = sample(n, 10 + n);
    expect(worstUlps(onBoth(run, x), Array.from(x, of))).toBeLessThanOrEqual(ulps);
  });

  it("holds for a great many numbers", () => {
    const x = sample(4001, 3);
    expect(worstUlps(onBoth(run, x), Array.from(x, of))).toBeLessThanOrEqual(ulps);
  });

  it("works in place", () => {
    const x = sample(33, 4);
    const wanted = onBoth(run, x);
    const inPlace: Run = (setup, y, from, dy, n) => {
      y.data.set(from.data);
      run(setup, y, y, dy, n);
    };
    expect(onBoth(inPlace, x)).toEqual(wanted);
  });
});

type Derivative = (known: number, dy: number) => number;

/** f' by what the kernel knows: the result of the first three, the argument of the others. */
const DERIVATIVES: Readonly<Record<(typeof GRADIENT)[number], Derivative>> = {
  Tanh: (y, dy) => dy * (1 - y * y),
  Sigmoid: (y, dy) => dy * y * (1 - y),
  Elu: (y, dy) => (y >= 0 ? dy : dy * (y + 1)),
  Softplus: (x, dy) => dy * logistic(x),
  Relu: (x, dy) => (x > 0 ? dy : 0),
  Relu6: (x, dy) => (x > 0 && x <= 6 ? dy : 0),
  Abs: (x, dy) => (x > 0 ? dy : -dy),
  Square: (x, dy) => dy * 2 * x,
};

/** Three roundings, the first of which may cost digits by cancellation: measured relative to |dy| (1 + |x|)². */
const DERIVATIVE_TOLERANCE = 4 * 2 ** -24;

describe.each(GRADIENT)("the gradient of %s", (name) => {
  it.each(LENGTHS)("at %i numbers is float64's, and its scalar twin's to the bit", (n) => {
    const normal = randomNormals(20 + n);
    const [known, dy] = [drawn(n, () => (name === "Relu6" ? 4 : 1) * normal()), drawn(n, normal)];
    const got = onBoth(({ nn }, dx, x, d) => nn[`gradient${name}`](dx.address, x.address, d.address, n), known, dy);
    for (const [i, value] of got.entries()) {
      const [k, d] = [known[i] as number, dy[i] as number];
      expect(Math.abs(value - DERIVATIVES[name](k, d))).toBeLessThanOrEqual(DERIVATIVE_TOLERANCE * Math.abs(d) * (1 + Math.abs(k)) ** 2);
    }
  });
});

describe("functions with parameters", () => {
  it.each(LENGTHS)("leakyRelu, step and clip are float64's at %i numbers", (n) => {
    const x = sample(n, 30 + n);
    const slope = Math.fround(0.3);
    const leaky = onBoth(({ nn }, y, from) => nn.leakyRelu(y.address, from.address, n, slope), x);
    expect(
      worstUlps(
        leaky,
        Array.from(x, (value) => (value > 0 ? value : value * slope)),
      ),
    ).toBeLessThanOrEqual(0.5001);
    const steps = onBoth(({ nn }, y, from) => nn.step(y.address, from.address, n, slope), x);
    expect([...steps]).toEqual(Array.from(x, (value) => (value > 0 ? 1 : Number.isNaN(value) ? value : slope)));
    const clipped = onBoth(({ nn }, y, from) => nn.clip(y.address, from.address, n, -0.75, 1.25), x);
    expect([...clipped]).toEqual(Array.from(x, (value) => (value < -0.75 ? -0.75 : value > 1.25 ? 1.25 : value)));
  });

  it.each(LENGTHS)("the gradients of leakyRelu and clip are float64's at %i numbers", (n) => {
    const [x, dy] = [sample(n, 40 + n), drawn(n, randomNormals(n))];
    const slope = Math.fround(0.3);
    const leaky = onBoth(({ nn }, dx, from, d) => nn.gradientLeakyRelu(dx.address, from.address, d.address, n, slope), x, dy);
    expect(
      worstUlps(
        leaky,
        Array.from(x, (value, i) => (dy[i] as number) * (value > 0 ? 1 : slope)),
      ),
    ).toBeLessThanOrEqual(0.5001);
    const clipped = onBoth(({ nn }, dx, from, d) => nn.gradientClip(dx.address, from.address, d.address, n, -0.75, 1.25), x, dy);
    expect([...clipped]).toEqual(Array.from(x, (value, i) => (value >= -0.75 && value <= 1.25 ? dy[i] : 0)));
  });

  const powerOf = (x: Float32Array, exponent: number) =>
    onBoth(({ nn }, y, from, e) => nn.power(y.address, from.address, e.address, x.length), x, Float32Array.of(exponent, ...x.slice(1)));

  it.each([0, 1, 2, 3, 5, 12, 64, -1, -2, -7])("x to the power of %i multiplies, at every length", (exponent) => {
    const normal = randomNormals(6);
    for (const n of LENGTHS.filter((length) => length > 0)) {
      const x = drawn(n, () => 0.7 + Math.abs(normal()) * 0.3);
      expect(
        worstUlps(
          powerOf(x, exponent),
          Array.from(x, (value) => value ** exponent),
        ),
      ).toBeLessThanOrEqual(1 + Math.abs(exponent));
    }
  });

  it("keeps signs, zeros and infinities of whole powers", () => {
    const x = Float32Array.of(-2, -0, 0, -Infinity, Infinity, Number.NaN);
    expect([...powerOf(x, 3)]).toEqual([-8, -0, 0, -Infinity, Infinity, Number.NaN]);
    expect([...powerOf(x, 2)]).toEqual([4, 0, 0, Infinity, Infinity, Number.NaN]);
    expect([...powerOf(x, -1)]).toEqual([-0.5, -Infinity, Infinity, -0, 0, Number.NaN]);
    expect([...powerOf(x, 0)]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it.each([0.5, 1.7, -0.3, -2.5, 65])("x to the power of %f loses no more than its logarithm's digits", (exponent) => {
    const normal = randomNormals(5);
    const x = drawn(33, () => 0.5 + Math.abs(normal()) * 0.5);
    const allowed = Array.from(x, (value) => 3 + 4 * Math.abs(exponent * Math.log(value)));
    powerOf(x, exponent).forEach((value, i) => {
      const base = x[i] as number;
      expect(worstUlps([value], [base ** exponent])).toBeLessThanOrEqual(allowed[i] as number);
    });
    expect([...powerOf(Float32Array.of(0, -1, Infinity, Number.NaN), exponent)]).toEqual(
      exponent > 0 ? [0, Number.NaN, Infinity, Number.NaN] : [Infinity, Number.NaN, 0, Number.NaN],
    );
  });
});

it("nothing was written beside a result", () => {
  expect(simd.heap.damaged()).toEqual([]);
  expect(scalar.heap.damaged()).toEqual([]);
});
