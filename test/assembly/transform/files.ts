/** Files that the modules of these tests import from. */

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

export const FILES = {
  "maths.ts": MATHS,
  "state.ts": STATE,
  "exports.ts": `export * from "./maths"; export { square as viaName, double as viaStar } from "./maths";`,
};
