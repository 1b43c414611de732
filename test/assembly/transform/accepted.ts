/** What `@lanes` functions may say: a row for each construct that the transform accepts. */

/** A body of `@lanes function (a: f32, b: f32, c: f32, s: State): f32`, and what it needs beside it. */
export interface Accepted {
  name: string;
  body: string;
  beside?: string;
}

/** The scalar twin types literals by what stands around them; these rows say what of that is accepted. */
export const ACCEPTED: Accepted[] = [
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
