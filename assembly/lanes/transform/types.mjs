/**
 * What an expression of lanes code is: the type that asc gives it in the scalar twin, and whether it differs
 * between lanes. Only `f32` and `bool` can differ; everything else is uniform, the same for all lanes.
 *
 * @typedef {"f32" | "bool" | "f64" | "int" | "void" | "class" | "parameter" | "unknown" | "poison"} Kind
 *   `parameter` is a type parameter of a generic function, `unknown` a uniform type that was not worked out,
 *   `poison` the type of a name whose declaration was refused.
 * @typedef {{ kind: Kind, lane: boolean, name?: string, declaration?: object, source?: object }} Type
 *   `name` is the type parameter's, `declaration` and `source` are the class's.
 * @typedef {Kind | "auto"} Context the kind that the surrounding code asks of an expression; asc types literals by it
 */

/** @type {(kind: Kind) => Type} */
const uniform = (kind) => Object.freeze({ kind, lane: false });
/** @type {(kind: Kind) => Type} */
const perLane = (kind) => Object.freeze({ kind, lane: true });

/** `f32` in lanes code: one number per lane, a v128. */
export const NUMBER = perLane("f32");
/** `bool` in lanes code: one mask per lane, a v128 whose 32-bit lanes are all ones or all zeros. */
export const MASK = perLane("bool");

export const F32 = uniform("f32");
export const BOOL = uniform("bool");
export const F64 = uniform("f64");
export const INT = uniform("int");
export const VOID = uniform("void");
export const UNKNOWN = uniform("unknown");
export const POISON = uniform("poison");

/** The uniform types that have a name of their own in AssemblyScript. */
const NAMED = new Map([
  ["f32", F32],
  ["bool", BOOL],
  ["f64", F64],
  ["void", VOID],
  ...["i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize"].map((name) => [name, INT]),
]);

/** @returns {Type | undefined} */
export const namedType = (name) => NAMED.get(name);

/** The type that a declaration inside lanes code has: its numbers and masks differ between lanes. */
export function insideLanes(type) {
  if (type === F32) return NUMBER;
  return type === BOOL ? MASK : type;
}

/** The uniform twin of a type: what a constant, a literal or a scalar function gives. */
export function outsideLanes(type) {
  if (type === NUMBER) return F32;
  return type === MASK ? BOOL : type;
}
