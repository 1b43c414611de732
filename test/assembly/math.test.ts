/** lanes/math.ts against the host's float64 Math, and its four lanes against their scalar twin. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { compile } from "../../assembly/compile.mjs";
import { randomNumbers } from "../oracle/random.js";

/** Optimising a module of many functions takes seconds on a busy machine. */
vi.setConfig({ hookTimeout: 60_000 });

type Twin = "scalar" | "simd";
type Range = readonly [low: number, high: number];

interface Elementary {
  /** The same function in float64. */
  exact: (x: number) => number;
  /** The largest error that is allowed, in units of the last place. */
  ulp: number;
  /** The largest that was found among every seventh float32 of the domain. */
  found: number;
  /** Where the bound holds. */
  domain: Range;
  /** Where arguments are drawn evenly, beside random bit patterns of the whole domain. */
  dense: readonly Range[];
}

const MAX = 3.4028234663852886e38;
const SMALLEST_NORMAL = 2 ** -126;

const ALL: Range = [-MAX, MAX];
const UNIT: Range = [-1, 1];
const NEAR: Range = [-2, 2];
const FAR: Range = [-1000, 1000];
const SATURATING: Range = [-10, 10];
const RISING: Range = [-87, 20];
const EXPONENTS: Range = [-87.33, 88];
const TOP_EXPONENTS: Range = [88, 88.7228];
const ANGLES: Range = [-(2 ** 20), 2 ** 20];
const PROBABILITIES: Range = [0, 1];
const AROUND_ONE: Range = [0.99, 1.01];

/** x less its nearest integer, exactly. */
const withinTurn = (x: number) => x - Math.round(x);
const sinHalfTurn = (x: number) => Math.sin(2 * Math.PI * (Math.abs(x) > 0.25 ? Math.sign(x) * 0.5 - x : x));
const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sinTurns = (x: number) => sinHalfTurn(withinTurn(x));
const cosTurns = (x: number) => sinHalfTurn(0.25 - Math.abs(withinTurn(x)));

const FUNCTIONS = {
  exp: { exact: Math.exp, ulp: 1, found: 0.975, domain: [-87.33, 88.7228], dense: [EXPONENTS, UNIT, TOP_EXPONENTS] },
  expm1: { exact: Math.expm1, ulp: 1.7, found: 1.614, domain: [-MAX, 88.7228], dense: [EXPONENTS, UNIT, TOP_EXPONENTS] },
  tanh: { exact: Math.tanh, ulp: 3.9, found: 3.772, domain: ALL, dense: [SATURATING, UNIT] },
  sigmoid: { exact: logistic, ulp: 2.6, found: 2.47, domain: [-87.33, MAX], dense: [RISING, NEAR] },
  softplus: { exact: softplus, ulp: 2, found: 1.931, domain: [-87.33, MAX], dense: [RISING, NEAR] },
  log: { exact: Math.log, ulp: 0.9, found: 0.822, domain: [SMALLEST_NORMAL, MAX], dense: [PROBABILITIES, [0.5, 2], AROUND_ONE] },
  log1p: { exact: Math.log1p, ulp: 0.9, found: 0.864, domain: [-1 + 2 ** -24, MAX], dense: [UNIT, [-0.01, 0.01]] },
  sin: { exact: Math.sin, ulp: 1.6, found: 1.563, domain: ANGLES, dense: [SATURATING, FAR, ANGLES] },
  cos: { exact: Math.cos, ulp: 1.6, found: 1.548, domain: ANGLES, dense: [SATURATING, FAR, ANGLES] },
  sinTurns: { exact: sinTurns, ulp: 2.1, found: 1.999, domain: ANGLES, dense: [NEAR, FAR] },
  cosTurns: { exact: cosTurns, ulp: 2.1, found: 1.999, domain: ANGLES, dense: [NEAR, FAR] },
} satisfies Record<string, Elementary>;

type Name = keyof typeof FUNCTIONS;
const NAMES = Object.keys(FUNCTIONS) as Name[];
const SAMPLES = 1 << 17;

const SOURCE = `
  import { ${NAMES.join(", ")} } from "./lanes/math";
  ${NAMES.map(
    (name) => `
    @lanes export function ${name}All(y: usize, x: usize, groups: i32): void {
      for (let i = 0; i < groups; i++) store<f32>(y + i * sizeof<f32>(), ${name}(load<f32>(x + i * sizeof<f32>())));
    }`,
  ).join("")}`;

const INPUT = 1 << 20;
const OUTPUT = 1 << 21;

interface Kernels {
  memory: WebAssembly.Memory;
  text: string;
  run: (name: Name, y: number, x: number, groups: number) => void;
}

async function instantiate(twin: Twin): Promise<Kernels> {
  const { binary, text } = await compile("probe.ts", { twin, files: { "probe.ts": SOURCE } });
  const memory = new WebAssembly.Memory({ initial: 48 });
  const { instance } = await WebAssembly.instantiate(binary as BufferSource, { env: { memory } });
  const exported = instance.exports as Record<string, (y: number, x: number, groups: number) => void>;
  return { memory, text, run: (name, y, x, groups) => exported[`${name}All`]?.(y, x, groups) };
}

const kernels = {} as Record<Twin, Kernels>;

beforeAll(async () => {
  for (const twin of ["scalar", "simd"] as const) kernels[twin] = await instantiate(twin);
});

/** The results for any number of arguments; the last group is filled up with zeros. */
function evaluate(twin: Twin, name: Name, arguments_: ArrayLike<number>): Float32Array {
  const { memory, run } = kernels[twin];
  const lanes = { scalar: 1, simd: 4 }[twin];
  const groups = Math.ceil(arguments_.length / lanes);
  new Float32Array(memory.buffer, INPUT, groups * lanes).fill(0).set(arguments_);
  run(name, OUTPUT, INPUT, groups);
  return new Float32Array(memory.buffer, OUTPUT, arguments_.length).slice();
}

const at = (twin: Twin, name: Name, x: number) => evaluate(twin, name, [x])[0];

/** The distance between float32 numbers around x, which is not 0. */
function spacing(x: number): number {
  const power = 2 ** Math.floor(Math.log2(Math.max(Math.abs(x), SMALLEST_NORMAL)));
  return (power > Math.abs(x) ? power / 2 : power) * 2 ** -23;
}

function evenly([low, high]: Range, seed: number): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length: SAMPLES }, () => low + (high - low) * random());
}

/** Random bit patterns: all exponents alike, infinities, NaNs and subnormals among them. */
function patterns(seed: number): Float32Array {
  const random = randomNumbers(seed);
  return new Float32Array(Uint32Array.from({ length: SAMPLES }, () => random() * 2 ** 32).buffer);
}

/** The float32 numbers nearest to multiples of π/2, where sine or cosine come closest to 0. */
function aroundQuarterTurns(): Float32Array {
  const turns = Math.floor(ANGLES[1] / (Math.PI / 2));
  return Float32Array.from({ length: SAMPLES }, (_, i) => ((i * 5) % (2 * turns)) - turns).map((k) => k * (Math.PI / 2));
}

function worstError(name: Name, inputs: Float32Array): { ulp: number; x: number } {
  const { exact, domain } = FUNCTIONS[name];
  const results = evaluate("simd", name, inputs);
  const worst = { ulp: 0, x: Number.NaN };
  for (const [i, x] of inputs.entries()) {
    const wanted = exact(x);
    const isNormal = Math.abs(wanted) >= SMALLEST_NORMAL && Math.abs(x) >= SMALLEST_NORMAL;
    if (!isNormal || x < domain[0] || x > domain[1]) continue;
    const ulp = Math.abs((results[i] as number) - wanted) / spacing(wanted);
    if (!(ulp <= worst.ulp)) Object.assign(worst, { ulp, x });
  }
  return worst;
}

describe.each(NAMES)("%s", (name) => {
  const { ulp, found, dense } = FUNCTIONS[name];

  it(`errs by at most ${ulp} ULP (${found} found in a longer search)`, () => {
    const inputs = [...dense.map(evenly), patterns(7), aroundQuarterTurns()];
    const errors = inputs.map((input) => worstError(name, input));
    const worst = errors.reduce((a, b) => (b.ulp <= a.ulp ? a : b));
    expect(worst.ulp, `${worst.ulp} ULP at ${worst.x}`).toBeLessThanOrEqual(ulp);
    expect(worst.ulp, "the bound is loose: something is not measured").toBeGreaterThan(ulp / 2);
  });

  it("gives the same bits in four lanes as in one", () => {
    for (const input of [...dense.map(evenly), patterns(11), aroundQuarterTurns()]) {
      const wanted = evaluate("scalar", name, input);
      const different = evaluate("simd", name, input).findIndex((y, i) => !Object.is(y, wanted[i]));
      expect(different, `at ${input[different]}`).toBe(-1);
    }
  });

  it("gives a NaN for a NaN", () => {
    expect(evaluate("simd", name, [Number.NaN, 1, 1, 1])[0]).toBeNaN();
    expect(at("scalar", name, Number.NaN)).toBeNaN();
  });
});

/** Arguments and results, to the bit. */
const SPECIAL: Partial<Record<Name, string>> = {
  exp: "0:1 -0:1 1e-40:1 Infinity:Infinity 88.73:Infinity 1e30:Infinity -87.7:0 -1e4:0 -1e30:0 -Infinity:0",
  expm1: "0:0 1e-30:1e-30 Infinity:Infinity 88.73:Infinity -88:-1 -1e30:-1 -Infinity:-1",
  tanh: "0:0 1e-30:1e-30 10:1 -10:-1 1e30:1 -1e30:-1 Infinity:1 -Infinity:-1",
  sigmoid: "0:0.5 Infinity:1 1e30:1 -Infinity:0 -1e30:0 -89:0",
  softplus: "0:0.6931471805599453 100:100 1e30:1e30 Infinity:Infinity -1e30:0 -Infinity:0",
  log: "1:0 0:-Infinity -0:-Infinity 1e-40:-87.33654475055310 Infinity:Infinity -1e-40:NaN -1:NaN -Infinity:NaN",
  log1p: "0:0 1e-30:1e-30 -1e-30:-1e-30 -1:-Infinity Infinity:Infinity -2:NaN -Infinity:NaN",
  sin: "0:0 1e-30:1e-30 Infinity:NaN -Infinity:NaN",
  cos: "0:1 1e-30:1 Infinity:NaN -Infinity:NaN",
  sinTurns: "0:0 0.25:1 0.5:0 -0.25:-1 1048576:0 Infinity:NaN",
  cosTurns: "0:1 0.25:0 0.5:-1 -0.25:0 1048576:1 Infinity:NaN",
};

describe.each(Object.keys(SPECIAL) as Name[])("%s of special values", (name) => {
  const pairs = (SPECIAL[name] ?? "").split(" ").map((pair) => pair.split(":").map(Number) as [number, number]);

  it.each(pairs)("of %f is %f", (x, y) => {
    // Adding 0 makes 0 of -0: the sign of a zero is not promised.
    for (const twin of ["scalar", "simd"] as const) expect((at(twin, name, x) as number) + 0).toBe(Math.fround(y));
  });
});

describe("tanh", () => {
  it("never leaves [-1, 1] and never turns back", () => {
    const rising = Float32Array.from({ length: SAMPLES }, (_, i) => -12 + (24 * i) / SAMPLES);
    const results = evaluate("simd", "tanh", rising);
    for (const [i, y] of results.entries()) {
      if (Math.abs(y) > 1) expect(y, `at ${rising[i]}`).toBe(Math.sign(y));
      const before = results[i - 1] ?? -1;
      if (y < before) expect(before - y, `at ${rising[i]}`).toBeLessThanOrEqual(2 ** -23);
    }
    expect(results[0]).toBe(-1);
    expect(results.at(-1)).toBe(1);
  });
});

describe("sin and cos", () => {
  it("stay in [-1, 1] for angles of any size", () => {
    const huge = patterns(13).filter((x) => Number.isFinite(x));
    for (const name of ["sin", "cos"] as const) {
      const beyond = evaluate("simd", name, huge).findIndex((y) => !(Math.abs(y) <= 1));
      expect(beyond, `${name} of ${huge[beyond]}`).toBe(-1);
    }
  });
});

describe("the module", () => {
  it("holds no static data and uses nothing but deterministic instructions", () => {
    for (const { text } of Object.values(kernels)) {
      expect(text).not.toMatch(/\(data/);
      expect(text).not.toMatch(/relaxed/);
    }
    expect(kernels.simd.text).toMatch(/f32x4\.mul/);
    expect(kernels.scalar.text).not.toMatch(/[fi]\d+x\d/);
  });
});
