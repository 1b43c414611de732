/** The `@lanes` transform: every construct that it accepts against the scalar twin, and every one that it refuses. */
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { CompileError, compile } from "../../assembly/compile.mjs";

/** Optimising a module of many functions takes seconds on a busy machine. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Twin = "scalar" | "simd";
const LANES = { scalar: 1, simd: 4 };

/** A body of `@lanes function (a: f32, b: f32, c: f32, s: State): f32`, and what it needs beside it. */
interface Accepted {
  name: string;
  body: string;
  beside?: string;
}

/** `refused` in a comment marks the line of the error. */
interface Refused {
  name: string;
  source: string;
  remedy: RegExp;
}

const MATHS = `
  export function square<T>(x: T): T {
    if (isVector<T>()) return f32x4.mul(x, x);
    else return x * x;
  }
  export function clamp<T>(x: T, low: T, high: T): T {
    if (isVector<T>()) return f32x4.max(low, f32x4.min(x, high));
    else return max(low, min(x, high));
  }
  export function any<T>(mask: T): bool {
    if (isVector<T>()) return v128.any_true(mask);
    else return bool(mask);
  }
  export function scaled<T>(x: T, times: i32): T {
    if (isVector<T>()) return f32x4.mul(x, f32x4.splat(f32(times)));
    else return x * f32(times);
  }
  export function constant<T>(times: i32): T {
    if (isVector<T>()) return f32x4.splat(f32(times));
    else return f32(times);
  }
  export function flip<T>(mask: T): T {
    if (isVector<T>()) return v128.not(mask);
    else return !mask;
  }
  export function half(x: f32): f32 { return x * 0.5; }
  export type Real = f32;
  export const GRAVITY: f32 = 9.8;
  export const COUNT = 3;
  @lanes export function double(x: f32): f32 { return x * 2; }
  @lanes export default function triple(x: f32): f32 { return x * 3; }
`;

const STATE = `
  @lanes @unmanaged export class Base {
    u: f32;
    v: f32;
    sum(): f32 { return this.u + this.v; }
  }
  @lanes @unmanaged export class State extends Base {
    static readonly LIMIT: f32 = 2.5;
    static scale(x: f32): f32 { return x * State.LIMIT; }
    ready: bool;
    n: i32;
    tally: Tally;
    get total(): f32 { return this.u * 2 + this.v; }
    get both(): f32 { return this.v; }
    set both(x: f32) { this.u = x; this.v = -x; }
    add(x: f32, sign: bool): void { this.u += sign ? x : -x; }
    isHigh(): bool { return this.u > 1; }
    draw(): f32 { this.u += 1; return this.u; }
  }
  @unmanaged export class Tally { rate: f32; n: i32; next(): i32 { this.n += 1; return this.n; } }
`;

/** The scalar twin types literals by what stands around them; these rows say what of that is accepted. */
const ACCEPTED: Accepted[] = [
  { name: "arithmetic", body: "return (a + b) * c - a / b;" },
  { name: "signs", body: "return -a + +b - -0.5;" },
  { name: "literals on the right, in any notation", body: "return a * 2 + 0.1 - 1e-3 + 0x10 - b / 16777217;" },
  { name: "literals on the left where f32 is asked for", body: "const d: f32 = 1 - 0.1 * a; return 3 / d;" },
  { name: "a negative zero", body: "const zero: f32 = -0; return b > 0 ? zero : -0.0;" },
  { name: "constants of the module", body: "return a * G - G / b + G * 2;", beside: "const G: f32 = 9.8;" },
  { name: "constants computed from constants", body: "return a * H;", beside: "const G2: f32 = 9.8; const H: f32 = G2 / 3 + 0.1;" },
  { name: "module variables", body: "return a * LEVEL;", beside: "let LEVEL: f32 = 0.3;" },
  { name: "constants and types of another file", body: "const d: Real = a * GRAVITY + f32(COUNT); return d;" },
  { name: "functions of an aliased import", body: "return twice(a) + twice(1);" },
  { name: "members of a namespace import", body: "return maths.double(a) * maths.GRAVITY + maths.square(b); " },
  { name: "default imports and re-exports", body: "return triple(a) + viaStar(b) + viaName(c);" },
  {
    name: "casts of uniform integers",
    body: "let sum: f32 = 0; for (let i = 0; i < 3; i++) sum += a * f32(i) + <f32>i + (i as f32); return sum;",
  },
  { name: "casts that change nothing", body: "return f32(a) + <f32>b + (c as f32) + f32(0.1);" },
  { name: "special numbers", body: "return a == Infinity ? f32.MAX_VALUE : b != b ? NaN : c * Mathf.PI - f32.EPSILON;" },
  { name: "comparisons", body: "return (a < b ? 1 : 0) + (a <= b ? 2 : 0) + (a > b ? 4 : 0) + (a >= b ? 8 : 0);" },
  { name: "equality", body: "return (a == b ? 1 : 0) + (a != b ? 2 : 0) + (a === c ? 4 : 0) + (a !== c ? 8 : 0);" },
  { name: "logic on masks", body: "return (a < b && b < c) || !(a == c) ? a : b;" },
  {
    name: "equality of masks",
    body: "const p = a < b; const q = b < c; return (p == q ? 1 : 0) + (p != q ? 2 : 0) + (p === true ? 4 : 0);",
  },
  { name: "constant masks", body: "const yes: bool = true; let no: bool = false; no = no || a > 1; return yes && no ? b : c;" },
  { name: "nested choices", body: "return a < b ? (b < c ? a : b) : c < a ? c : a + b;" },
  { name: "choices between masks", body: "const p: bool = a < b ? b < c : true; return p ? a : b;" },
  { name: "choices that a uniform makes", body: "const first = s.n == 0; return first ? a : b + 1;" },
  {
    name: "uniform conditions among masks",
    body: "const first = s.n == 0; return (first && a > 0) || (b > 0 && !first) || (s.n > 9 || c > 0) ? a : b;",
  },
  { name: "uniform flags stored as masks", body: "const first: bool = s.n == 0; s.ready = first; return s.ready ? a : b;" },
  { name: "compound assignment", body: "let x = a; x += b; x -= 0.5; x *= c; x /= 3; return x;" },
  {
    name: "variables without annotation",
    body: "const x = a; let y = G3; y = y + x; let t = a > 0; t = t && b > 0; return t ? y : x;",
    beside: "const G3: f32 = 0.7;",
  },
  { name: "several variables in one statement, and blocks", body: "let x = a, y = b; { const x = c; y += x; } return x + y;" },
  { name: "abs, ceil, floor, nearest, sqrt and trunc", body: "return abs(a) + ceil(b) + floor(c) + nearest(a) + sqrt(b) + trunc(c);" },
  { name: "abs", body: "return abs(a);" },
  { name: "sqrt", body: "return sqrt<f32>(1 - a * a);" },
  { name: "nearest", body: "return nearest(a * 0.5);" },
  { name: "trunc", body: "return trunc(a / 3);" },
  { name: "min", body: "return min(a, b);" },
  { name: "max", body: "return max(a, b);" },
  { name: "limits by literals", body: "return min(max(a, -1), 1) + max(0, b) + min<f32>(-0.5, c);" },
  { name: "copysign", body: "return copysign(a, b) + copysign<f32>(1, c);" },
  { name: "select", body: "return select(a, b, c > 0) + select<f32>(1, 0, a < b) + (select(a > 0, b > 0, c > 0) ? 1 : 0);" },
  { name: "isNaN", body: "return isNaN(a) ? b : isNaN(s.u) ? c : 1;" },
  {
    name: "members of f32 and Mathf",
    body: "return f32.abs(a) + f32.min(b, 0.1) + Mathf.max(0.1, c) + Mathf.floor(a) + f32.copysign(a, b) + Mathf.sqrt(b);",
  },
  { name: "builtins of uniform numbers", body: "return a * sqrt(G4) + abs(G4) - max(G4, 3);", beside: "const G4: f32 = 0.7;" },
  {
    name: "functions under @lanes",
    body: "return f(a, 2, b > 0) + f(1, c, true);",
    beside: "@lanes function f(x: f32, y: f32, up: bool): f32 { return up ? x * y : x / y; }",
  },
  {
    name: "functions declared later, and recursion by count",
    body: "return power(a, 3);",
    beside: "@lanes function power(x: f32, n: i32): f32 { if (n == 0) return 1; return x * power(x, n - 1); }",
  },
  {
    name: "default values of parameters",
    body: "return g(a) + g(b, 0.1);",
    beside: "@lanes function g(x: f32, y: f32 = 0.7): f32 { return x * y; }",
  },
  { name: "scalar functions of uniforms", body: "return a * half(G5) + half(0.1) * b;", beside: "const G5: f32 = 0.7;" },
  {
    name: "generic functions of lanes",
    body: "return square(a) + scaled(b, 3) + clamp<f32>(c, -0.5, 0.5) + clamp(a, 0, 1) + square(b - 1);",
  },
  { name: "generic functions whose type is written out", body: "return constant<f32>(3) * a + constant<f32>(s.n);" },
  { name: "generic functions of masks", body: "return flip(a > b) ? a : b;" },
  { name: "generic functions of uniforms", body: "return a * square(G6);", beside: "const G6: f32 = 0.7;" },
  { name: "fields", body: "s.u = a; s.v += b; s.v *= s.u; s.ready = s.v > 1; return s.ready ? s.u : s.v;" },
  {
    name: "methods, getters, setters and inherited members",
    body: "s.add(a, b > 0); s.both = s.total + s.sum(); s.both += 1; return s.isHigh() ? s.u : c;",
  },
  { name: "static members", body: "return State.scale(a) * State.LIMIT;" },
  {
    name: "fields and methods of uniform classes",
    body: "s.tally.rate = 0.3; s.tally.n = 4; return a * s.tally.rate + f32(s.tally.next()) * b;",
  },
  {
    name: "effects in the order of the source",
    body: "const x = s.draw() - s.u * 2; s.u += s.draw(); return copysign(s.draw(), b - s.draw()) + x;",
  },
  { name: "effects in a condition that decides between constants", body: "return s.draw() > 1 ? 1 : -1;" },
  {
    name: "effects that a uniform guards",
    body: "const high = s.n == 0 && s.draw() > 1; const x = s.n == 1 ? s.draw() : b; return high ? a : x;",
  },
  {
    name: "loops and branches on uniforms",
    body: `
      let x = a;
      for (let i = 0, n = 4; i < n; i++) { if (i == 1) continue; if (i == 3) break; x += b * f32(i); }
      let k = 3;
      while (k > 0) { x *= 0.5; k--; }
      do { x -= c; k += 1; } while (k < 2);
      switch (k) { case 2: x += 1; break; default: x -= 1; }
      if (LANES == 4 || k == 2) { x += 0.1; } else if (k == 7) x = 0; else { x = 1; }
      return x;`,
  },
  { name: "a branch on what all lanes agree in", body: "let x = a; if (any(a != a || a == a)) x += 1; return x;" },
  {
    name: "memory, counted in sizeof<f32>",
    body: `
      const at = changetype<usize>(s);
      store<f32>(at + <usize>s.n * sizeof<f32>(), load<f32>(at, sizeof<f32>()) * a, sizeof<f32>());
      f32.store(at, b, 0);
      return load<f32>(at + sizeof<f32>()) + f32.load(at) + f32(load<i32>(at + offsetof<State>("n")));`,
  },
];

const FILES = {
  "maths.ts": MATHS,
  "state.ts": STATE,
  "exports.ts": `export * from "./maths"; export { square as viaName, double as viaStar } from "./maths";`,
};

const IMPORTS = `
  import { GRAVITY, COUNT, Real, any, clamp, constant, double as twice, flip, half, scaled, square } from "./maths";
  import triple from "./maths";
  import * as maths from "./maths";
  import { viaName, viaStar } from "./exports";
  import { State } from "./state";
`;

/** Columns of a group in memory, one f32 a lane: inputs a, b, c, the result, then the state, which begins with u and v. */
const COLUMNS = { result: 3, state: 4, u: 4, v: 5 };
/** Address of the uniform object. */
const TALLY = 512;

function moduleOf(rows: Accepted[]): string {
  const functions = rows.map(
    ({ body, beside = "" }, i) => `
      ${beside}
      @lanes function row${i}(a: f32, b: f32, c: f32, s: State): f32 { ${body} }
      export function run${i}(p: usize, tally: usize): void {
        const s = changetype<State>(p + ${COLUMNS.state} * 4 * LANES);
        s.tally = changetype<Tally>(tally);
        if (LANES == 4) v128.store(p, row${i}(v128.load(p), v128.load(p, 16), v128.load(p, 32), s), 48);
        else store<f32>(p, row${i}(load<f32>(p), load<f32>(p, 4), load<f32>(p, 8), s), 12);
      }`,
  );
  return `${IMPORTS} import { Tally } from "./state"; ${functions.join("\n")}`;
}

const SPECIAL = [0, -0, 1, -1, 0.5, -1.5, 2.5, 3.7, -7.25, 1e-40, 16777217, 3e38, Infinity, -Infinity, Number.NaN];
/** Inputs: all pairs of special numbers, with a third that differs from pair to pair. A multiple of four. */
const CASES = SPECIAL.flatMap((a, i) => SPECIAL.map((b, j) => [a, b, SPECIAL[(3 * i + 2 * j) % SPECIAL.length] as number] as const)).slice(
  0,
  224,
);

type Run = (address: number, tally: number) => void;

async function instantiate(twin: Twin, rows: Accepted[]) {
  const { binary } = await compile("main.ts", { twin, files: { ...FILES, "main.ts": moduleOf(rows) } });
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = await WebAssembly.instantiate(binary as BufferSource, { env: { memory } });
  return { memory, run: (i: number) => instance.exports[`run${i}`] as Run };
}

type Module = Awaited<ReturnType<typeof instantiate>>;

/** The bits of result, u and v of every case; NaN is one value, since WebAssembly leaves its sign and payload open. */
function outcomes({ memory, run }: Module, i: number, lanes: number): number[][] {
  const floats = new Float32Array(memory.buffer);
  const bits = new Uint32Array(memory.buffer);
  const at = (column: number, lane: number) => column * lanes + lane;
  const bitsAt = (k: number) => (Number.isNaN(floats[k]) ? 0x7fc00000 : (bits[k] as number));
  const results: number[][] = [];
  for (let first = 0; first < CASES.length; first += lanes) {
    const group = CASES.slice(first, first + lanes);
    for (const [lane, [a, b, c]] of group.entries()) {
      for (const [column, input] of [a, b, c, 0, b, 0.75].entries()) floats[at(column, lane)] = input;
    }
    floats.fill(0, at(COLUMNS.v + 1, 0));
    run(i)(0, TALLY);
    results.push(...group.map((_, lane) => [COLUMNS.result, COLUMNS.u, COLUMNS.v].map((column) => bitsAt(at(column, lane)))));
  }
  return results;
}

function expectTwins(modules: Record<Twin, Module>, i: number) {
  const simd = outcomes(modules.simd, i, LANES.simd);
  const scalar = outcomes(modules.scalar, i, LANES.scalar);
  for (const [k, inputs] of CASES.entries()) expect(simd[k], `for a, b, c = ${inputs}`).toEqual(scalar[k]);
  expect(new Set(scalar.map(String)).size, "different results").toBeGreaterThan(1);
}

const bothTwins = async (rows: Accepted[]) => ({ scalar: await instantiate("scalar", rows), simd: await instantiate("simd", rows) });

describe("what the transform accepts gives each lane the bits of the scalar twin", () => {
  let modules: Record<Twin, Module>;
  beforeAll(async () => {
    modules = await bothTwins(ACCEPTED);
  });

  it.each(ACCEPTED.map(({ name }, i) => [name, i] as const))("%s", (_, i) => expectTwins(modules, i));
});

const inFunction = (line: string, beside = "") =>
  `${beside}\n@lanes export function f(x: f32, y: f32, on: bool, n: i32, s: State): f32 {\n  ${line} // refused\n  return x;\n}`;

const REFUSED: Refused[] = [
  { name: "if on a lane condition", source: inFunction("if (x > 0) y = 1;"), remedy: /'if' on a lane value.*choose with '\?:'/ },
  { name: "if on a mask", source: inFunction("if (on || n == 1) return y;"), remedy: /'if' on a lane value/ },
  { name: "while on a lane condition", source: inFunction("while (x > 0) x -= 1;"), remedy: /'while' on a lane value.*loop over a count/ },
  { name: "do on a lane condition", source: inFunction("do { x -= 1; } while (x > 0);"), remedy: /'do … while' on a lane value/ },
  { name: "for on a lane condition", source: inFunction("for (let i = 0; x > f32(i); i++) y += 1;"), remedy: /'for' on a lane value/ },
  { name: "switch on a lane value", source: inFunction("switch (x) { default: y = 1; }"), remedy: /'switch' on a lane value/ },
  { name: "remainders", source: inFunction("y = x % 2;"), remedy: /x - y \* floor\(x \/ y\)/ },
  { name: "remainders assigned", source: inFunction("y %= x;"), remedy: /x - y \* floor\(x \/ y\)/ },
  { name: "powers", source: inFunction("y = x ** 2;"), remedy: /multiply it out/ },
  { name: "bit operators", source: inFunction("on = on & (x > 0);"), remedy: /&&, \|\| and !/ },
  { name: "bit operators assigned", source: inFunction("on |= x > 0;"), remedy: /&&, \|\| and !/ },
  { name: "bitwise not", source: inFunction("on = ~on;"), remedy: /&&, \|\| and !/ },
  { name: "shifts", source: inFunction("y = x << 1;"), remedy: /no bit operators/ },
  { name: "counting up", source: inFunction("x++;"), remedy: /write '\+= 1'/ },
  { name: "counting down", source: inFunction("--x;"), remedy: /write '-= 1'/ },
  { name: "early return on a lane condition", source: inFunction("if (isNaN(x)) return 0;"), remedy: /'\?:'/ },
  { name: "f64 literals on the left", source: inFunction("const z = 0.5 * x;"), remedy: /f64 .*put it on the right/ },
  { name: "f64 literals in a comparison", source: inFunction("on = 0.1 < x;"), remedy: /f64 .*put it on the right/ },
  { name: "f64 variables by inference", source: inFunction("let z = 0.5;"), remedy: /annotate the declaration with ': f32'/ },
  {
    name: "f64 variables among lanes",
    source: inFunction("const z: f64 = 0.5; y = x * z;"),
    remedy: /z is not known to be an f32.*'z: f32'/,
  },
  { name: "casts to f64", source: inFunction("y = f32(f64(x) * 2);"), remedy: /computes in f32/ },
  { name: "integers among lanes", source: inFunction("y = x * n;"), remedy: /write f32\(i\)/ },
  { name: "integer literals on the left", source: inFunction("const z = 2 * x;"), remedy: /on the right/ },
  { name: "choices between integers", source: inFunction("const k = on ? 1 : 0;"), remedy: /f32\(2\)/ },
  { name: "casts to integers", source: inFunction("n = <i32>x;"), remedy: /floor or trunc/ },
  { name: "casts of masks", source: inFunction("y = f32(on);"), remedy: /condition \? 1 : 0/ },
  { name: "casts to masks", source: inFunction("on = bool(x);"), remedy: /x != 0/ },
  { name: "strings", source: inFunction('y = "1";'), remedy: /no strings/ },
  { name: "templates", source: inFunction("const t = `1`;"), remedy: /no strings/ },
  { name: "regular expressions", source: inFunction("const r = /x/;"), remedy: /no regular expressions/ },
  { name: "array literals", source: inFunction("const list = [x, y];"), remedy: /no arrays/ },
  { name: "object literals", source: inFunction("const pair: Pair = { x };", "class Pair { x: f32 = 0; }"), remedy: /no objects/ },
  {
    name: "lane values as an index",
    source: inFunction("y = f32(TABLE[<i32>x]);", "const TABLE: StaticArray<f32> = [1, 2];"),
    remedy: /cannot become an integer/,
  },
  {
    name: "lane values put into elements",
    source: inFunction("TABLE[n] = x;", "const TABLE: StaticArray<f32> = [1, 2];"),
    remedy: /stands in an element/,
  },
  {
    name: "elements of unknown type",
    source: inFunction("y = TABLE[n] * x;", "const TABLE: StaticArray<f32> = [1, 2];"),
    remedy: /wrap it in f32/,
  },
  { name: "new", source: inFunction("const p = new State();"), remedy: /allocates nothing/ },
  { name: "function expressions", source: inFunction("const g = (z: f32): f32 => z;"), remedy: /@lanes function at the top/ },
  { name: "throw", source: inFunction("throw x;"), remedy: /does not throw/ },
  { name: "try", source: inFunction("try { y = x; } finally { y = 1; }"), remedy: /does not throw/ },
  {
    name: "for … of",
    source: inFunction("for (let k of TABLE) y += k;", "const TABLE: StaticArray<f32> = [1, 2];"),
    remedy: /count, 'for/,
  },
  { name: "instanceof", source: inFunction("if (s instanceof State) y = x;"), remedy: /classes at run time/ },
  { name: "calls of undeclared functions", source: inFunction("y = wobble(x);"), remedy: /wobble has no lane form/ },
  { name: "builtins without a lane form", source: inFunction("on = isFinite(x);"), remedy: /isFinite has no lane form/ },
  {
    name: "calls of scalar functions",
    source: inFunction("y = half(x);", "function half(x: f32): f32 { return x * 0.5; }"),
    remedy: /half does not take lane values: declare it with @lanes/,
  },
  {
    name: "calls of functions in variables",
    source: inFunction("y = g(x);", "const g: (x: f32) => f32 = half;"),
    remedy: /does not take lane values/,
  },
  { name: "Math on lanes", source: inFunction("y = f32(Math.sin(x));"), remedy: /import \{ sin \} from "lanes\/math"/ },
  { name: "Mathf beyond the builtins", source: inFunction("y = Mathf.exp(x);"), remedy: /import \{ exp \} from "lanes\/math"/ },
  { name: "NativeMathf", source: inFunction("y = NativeMathf.abs(x);"), remedy: /write abs\(x\), the builtin/ },
  { name: "assignments within expressions", source: inFunction("y = (x = 1) + 2;"), remedy: /a line of its own/ },
  { name: "the comma operator", source: inFunction("y = (n, x);"), remedy: /one statement after the other/ },
  { name: "lane values as loop bounds", source: inFunction("for (let i = 0; i < x; i++) y += 1;"), remedy: /write f32\(i\)/ },
  { name: "lane values in uniform variables", source: inFunction("n = x;"), remedy: /a lane number stands in the variable n/ },
  { name: "lane conditions in uniform flags", source: inFunction("let k = n == 1; k = x > 0;"), remedy: /annotate it with ': bool'/ },
  {
    name: "lane values in uniform parameters",
    source: inFunction("f(x, y, on, x, s);"),
    remedy: /a lane number stands in an integer or object parameter of f/,
  },
  { name: "lane values in uniform fields", source: inFunction("s.n = x;"), remedy: /the field n/ },
  { name: "lane values in module variables", source: inFunction("LEVEL = x;", "let LEVEL: f32 = 0;"), remedy: /the variable LEVEL/ },
  { name: "masks as numbers", source: inFunction("y = x + (x > 0);"), remedy: /condition \? 1 : 0/ },
  { name: "numbers as masks", source: inFunction("y = x ? 1 : 0;"), remedy: /compare it, 'x != 0'/ },
  { name: "numbers among masks", source: inFunction("on = on && x;"), remedy: /compare it, 'x != 0'/ },
  { name: "not of a number", source: inFunction("on = !x;"), remedy: /compare it, 'x != 0'/ },
  { name: "numbers compared with masks", source: inFunction("on = x == on;"), remedy: /condition \? 1 : 0/ },
  { name: "order of masks", source: inFunction("on = on < (x > 0);"), remedy: /masks have no order/ },
  { name: "branches of different kinds", source: inFunction("const z = on ? x : y > 0;"), remedy: /make both the same/ },
  { name: "integers as masks", source: inFunction("on = 1;"), remedy: /write true or false/ },
  { name: "constants without annotation", source: inFunction("y = x * G;", "const G = 9.8;"), remedy: /'G: f32'/ },
  { name: "constants of a computed type", source: inFunction("y = x * G;", "const H: f32 = 9.8; const G = H * 2;"), remedy: /'G: f32'/ },
  { name: "variables without a value", source: inFunction("let z: f32;"), remedy: /'let z: f32 = 0'/ },
  {
    name: "effects in a branch of a lane condition",
    source: inFunction("y = on ? s.draw() : x;"),
    remedy: /the call of draw has an effect: do it in a statement before/,
  },
  {
    name: "effects on the right of a lane condition",
    source: inFunction("on = on && s.draw() > 0;"),
    remedy: /the call of draw has an effect/,
  },
  { name: "counting in a branch of a lane condition", source: inFunction("y = on ? f32(n++) : x;"), remedy: /counting has an effect/ },
  {
    name: "effects in a condition whose branches read",
    source: inFunction("y = s.draw() > 0 ? s.u : x;"),
    remedy: /name the condition first/,
  },
  {
    name: "effects of functions that reach memory",
    source: inFunction(
      "y = on ? put(x) : x;",
      "@lanes function put(x: f32): f32 { return put2(x); } @lanes function put2(x: f32): f32 { store<f32>(0, x); return x; }",
    ),
    remedy: /the call of put has an effect/,
  },
  {
    name: "compound assignment through a call",
    source: inFunction("self(s).u += x;", "@lanes function self(s: State): State { s.n++; return s; }"),
    remedy: /name the object first/,
  },
  { name: "isNaN of a computation", source: inFunction("on = isNaN(x / y);"), remedy: /name it first/ },
  { name: "builtins with too few arguments", source: inFunction("y = min(x);"), remedy: /min takes 2, not 1/ },
  { name: "SIMD by hand", source: inFunction("y = f32x4.add(x, y);"), remedy: /generic function/ },
  { name: "v128", source: inFunction("const v: v128 = v128.splat<f32>(1);"), remedy: /write f32 for a number per lane/ },
  { name: "names that rewritten code uses", source: inFunction("const f32x4: f32 = 1;"), remedy: /choose another/ },
  {
    name: "generic functions that infer f64",
    source: inFunction("y = pick(x, 0.5);", "function pick<T>(x: T, y: T): T { return y; }"),
    remedy: /write pick<f32>/,
  },
  {
    name: "generic functions that infer an integer",
    source: inFunction("y = pick(0, x);", "function pick<T>(x: T, y: T): T { return y; }"),
    remedy: /write pick<f32>/,
  },
  {
    name: "lanes in the uniform parameters of generic functions",
    source: inFunction("y = scale(x, y);", "function scale<T>(x: T, y: f32): T { return x; }"),
    remedy: /declare it as T/,
  },
  {
    name: "generic functions that sum lanes up",
    source: inFunction("y = sum(x);", "function sum<T>(x: T): f32 { return 0; }"),
    remedy: /let it return T/,
  },
  {
    name: "generic functions with arguments left out",
    source: inFunction("y = pick(x);", "function pick<T>(x: T, y: T = 0.5): T { return y; }"),
    remedy: /pass all of them/,
  },
  {
    name: "generic builtins told to work on lanes",
    source: inFunction("y = reinterpret<f32>(n);"),
    remedy: /reinterpret<f32> is not known to work on lanes/,
  },
  { name: "bools in memory", source: inFunction("store<bool>(0, on);"), remedy: /store 'condition \? 1 : 0' as f32/ },
  { name: "bytes counted by hand", source: inFunction("y = load<f32>(changetype<usize>(s) + 4);"), remedy: /sizeof<f32>\(\)/ },
  { name: "offsets counted by hand", source: inFunction("store<f32>(changetype<usize>(s), x, 4);"), remedy: /sizeof<f32>\(\)/ },
  {
    name: "addresses shifted by hand",
    source: inFunction("y = load<f32>(changetype<usize>(s) + (<usize>n << 2));"),
    remedy: /sizeof<f32>\(\)/,
  },
  { name: "lane values as addresses", source: inFunction("y = load<f32>(x);"), remedy: /a lane number stands in an address/ },
  { name: "lane values stored as integers", source: inFunction("store<i32>(0, x);"), remedy: /a store of a uniform type/ },
  { name: "inner functions", source: inFunction("function g(): void {}"), remedy: /at the top of the file/ },
  {
    name: "super",
    source:
      "import { State } from './state';\n@lanes @unmanaged export class Sub extends State {\n  sum(): f32 {\n    return super.sum(); // refused\n  }\n}",
    remedy: /another name/,
  },
  {
    name: "returns of the wrong kind",
    source: "@lanes export function f(x: f32): bool {\n  return x; // refused\n}",
    remedy: /compare it/,
  },
  {
    name: "rest parameters",
    source: "@lanes export function f(...x: f32[]): f32 { // refused\n  return 1;\n}",
    remedy: /name each of them/,
  },
  {
    name: "generic functions under @lanes",
    source: "@lanes export function f<T>(x: T): T { // refused\n  return x;\n}",
    remedy: /leave @lanes out/,
  },
  { name: "generic classes", source: "@lanes @unmanaged export class Box<T> { // refused\n  x: T;\n}", remedy: /write the types out/ },
  {
    name: "constructors",
    source: "@lanes @unmanaged export class Box {\n  x: f32;\n  constructor() {} // refused\n}",
    remedy: /such as reset\(\)/,
  },
  {
    name: "initialisers of fields",
    source: "@lanes @unmanaged export class Box {\n  x: f32 = 1; // refused\n}",
    remedy: /such as reset\(\)/,
  },
  {
    name: "getters with an effect",
    source: "@lanes @unmanaged export class Box {\n  x: f32;\n  get y(): f32 { this.x += 1; return this.x; } // refused\n}",
    remedy: /make it a method/,
  },
  {
    name: "operators of classes",
    source: "@lanes @unmanaged export class Box {\n  x: f32;\n  @operator('+') plus(other: Box): Box { return this; } // refused\n}",
    remedy: /write a method/,
  },
  {
    name: "subclasses that are not widened",
    source: "import { State as Wide } from './state';\n@unmanaged export class Sub extends Wide { // refused\n  w: f32;\n}",
    remedy: /mark it @lanes too/,
  },
  {
    name: "global declarations",
    source: "@global @lanes export function everywhere(x: f32): f32 { // refused\n  return x;\n}",
    remedy: /import it where it is used/,
  },
  {
    name: "conditions of unknown type",
    source: inFunction("if (TABLE[n]) y = 1;", "const TABLE: StaticArray<f32> = [1, 2];"),
    remedy: /compare it, 'x != 0'/,
  },
  {
    name: "choices on an unknown type",
    source: inFunction("y = TABLE[n] ? x : 1;", "const TABLE: StaticArray<f32> = [1, 2];"),
    remedy: /compare it, 'x != 0'/,
  },
  {
    name: "conditions from two unknown types",
    source: inFunction("while (!(TABLE[n] == TABLE[0])) y = 1;", "const TABLE: StaticArray<f32> = [1, 2];"),
    remedy: /compare it, 'x != 0'/,
  },
  { name: "@lanes on a constant", source: "@lanes export const G: f32 = 9.8; // refused", remedy: /functions and classes only/ },
  { name: "@lanes on a method", source: "export class Box {\n  @lanes get(): f32 { return 1; } // refused\n}", remedy: /on the class/ },
  {
    name: "@lanes in a namespace",
    source: "export namespace Inner {\n  @lanes export function f(x: f32): f32 { return x; } // refused\n}",
    remedy: /top of the file/,
  },
  {
    name: "files that hide a name of rewritten code",
    source: "namespace v128 { export const x = 1; }\n@lanes export function f(x: f32): f32 { return x; } // refused",
    remedy: /choose another/,
  },
];

interface Report {
  file: string;
  line: number;
  message: string;
}

async function reportsOf(files: Record<string, string>): Promise<Report[]> {
  const error = await compile("main.ts", { files }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(CompileError);
  const reports = (error as Error).message.matchAll(/ERROR \w+: (?:User-defined: )?([^\n]*)\n.*?└─ in (\S+)\((\d+),\d+\)/gs);
  return [...reports].map(([, message = "", file = "", line]) => ({ file, line: Number(line), message }));
}

/** Expressions of random shape; literals stand on the right or in a cast, where asc makes f32 of them. */
const { number } = fc.letrec<{ number: string; mask: string }>((tie) => {
  const [number, mask] = [tie("number"), tie("mask")];
  const literal = fc.constantFrom("1", "-0", "0.1", "2.5", "-3", "1e-3", "16777217");
  // The sign of a NaN that was computed is open, so copysign takes signs from here only.
  const input = fc.constantFrom("a", "b", "c", "s.u");
  const uniform = fc.constantFrom("s.n == 0", "s.n > 0", "LANES > 0");
  const join = (...parts: (string | fc.Arbitrary<string>)[]) =>
    fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((all) => all.join(""));
  const operator = fc.constantFrom("+", "-", "*", "/");
  const order = fc.constantFrom("<", "<=", ">", ">=", "==", "!=");
  const depthSize = "medium" as const;
  return {
    number: fc.oneof(
      { depthSize, withCrossShrink: true },
      input,
      fc.constantFrom("State.LIMIT", "GRAVITY", "f32(s.n)"),
      join("f32(", literal, ")"),
      join("(", number, " ", operator, " ", number, ")"),
      join("(", number, " ", operator, " ", literal, ")"),
      join("-(", number, ")"),
      join(fc.constantFrom("abs", "ceil", "floor", "nearest", "sqrt", "trunc", "square", "twice", "maths.double"), "(", number, ")"),
      join(fc.constantFrom("min", "max", "f32.min", "Mathf.max"), "(", number, ", ", number, ")"),
      join("copysign(", number, ", ", input, ")"),
      join("clamp<f32>(", number, ", ", literal, ", ", number, ")"),
      join("select<f32>(", number, ", ", literal, ", ", mask, ")"),
      join("(", fc.oneof(mask, uniform), " ? ", number, " : ", number, ")"),
    ),
    mask: fc.oneof(
      { depthSize },
      join("(", number, " ", order, " ", fc.oneof(number, literal), ")"),
      join("(", fc.oneof(mask, uniform), " ", fc.constantFrom("&&", "||"), " ", fc.oneof(mask, uniform), ")"),
      join("!", mask),
      join("(", mask, " ", fc.constantFrom("==", "!="), " ", mask, ")"),
      join("(", mask, " ? ", mask, " : ", mask, ")"),
    ),
  };
});

describe("expressions of random shape", () => {
  const rows = fc.sample(number, { numRuns: 60, seed: 1983 }).map((expression, i) => ({ name: `${i}`, body: `return ${expression};` }));

  it("give each lane the bits of the scalar twin", async () => {
    const modules = await bothTwins(rows);
    for (const [i, { body }] of rows.entries()) {
      expect(outcomes(modules.simd, i, LANES.simd), body).toEqual(outcomes(modules.scalar, i, LANES.scalar));
    }
  });
});

describe("what the transform refuses is an error at its line that says what to write instead", () => {
  let reports: Report[];
  beforeAll(async () => {
    const rows = REFUSED.map(({ source }, i) => [`row${i}.ts`, `import { State } from "./state";${source}`]);
    const main = REFUSED.map((_, i) => `import * as row${i} from "./row${i}";`).join("\n");
    reports = await reportsOf({ ...FILES, ...Object.fromEntries(rows), "main.ts": main });
  });

  it.each(REFUSED.map((row, i) => [row.name, row, i] as const))("%s", (_, { source, remedy }, i) => {
    const line = source.split("\n").findIndex((text) => text.includes("// refused")) + 1;
    expect(reports.filter(({ file }) => file === `row${i}.ts`)).toEqual([
      { file: `row${i}.ts`, line, message: expect.stringMatching(remedy) },
    ]);
  });
});

describe("the code that comes out", () => {
  /** Gymnasium's CartPole, from the force to the angular acceleration. */
  const ANGULAR_ACCELERATION = `
    const GRAVITY: f32 = 9.8;
    const MASS_POLE: f32 = 0.1;
    const TOTAL_MASS: f32 = 1.1;
    const LENGTH: f32 = 0.5;
    const POLE_MASS_LENGTH: f32 = 0.05;
    @lanes function thetaAcc(force: f32, cosTheta: f32, sinTheta: f32, thetaDot: f32): f32 {
      const temp = (force + POLE_MASS_LENGTH * thetaDot * thetaDot * sinTheta) / TOTAL_MASS;
      return (GRAVITY * sinTheta - cosTheta * temp) / (LENGTH * (f32(4.0 / 3.0) - (MASS_POLE * cosTheta * cosTheta) / TOTAL_MASS));
    }
    export function run(p: usize): void {
      if (LANES == 4) v128.store(p, thetaAcc(v128.load(p), v128.load(p, 16), v128.load(p, 32), v128.load(p, 48)));
      else store<f32>(p, thetaAcc(load<f32>(p), load<f32>(p, 4), load<f32>(p, 8), load<f32>(p, 12)));
    }`;
  const files = { "main.ts": ANGULAR_ACCELERATION };

  it("holds no scalar f32 operation, call, local in memory or second load", async () => {
    const { text } = await compile("main.ts", { files });
    const operations = text.match(/\b(f32\.\w+|call \$\w+|f32x4\.\w+|v128\.(?!const)\w+)/g) ?? [];
    const counts = Object.fromEntries(
      [...new Set(operations)].sort().map((name) => [name, operations.filter((other) => other === name).length]),
    );
    expect(counts).toEqual({ "f32x4.add": 1, "f32x4.div": 3, "f32x4.mul": 8, "f32x4.sub": 2, "v128.load": 4, "v128.store": 1 });
  });

  it("is scalar code without the transform, where @lanes says nothing to the compiler", async () => {
    const { text } = await compile("main.ts", { twin: "scalar", files });
    expect(text).not.toMatch(/v128|x4/);
  });
});
