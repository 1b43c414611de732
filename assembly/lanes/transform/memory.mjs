/**
 * Rewrites `load<f32>`, `store<f32>` and `sizeof<f32>`: where the scalar twin holds one f32, the lanes stand together
 * in one v128. Addresses follow from `sizeof<f32>()`, which is 4 in one twin and 16 in the other.
 */
import { NodeKind, Token } from "assemblyscript";
import { expression } from "./expressions.mjs";
import { v128, vectorType } from "./nodes.mjs";
import { refuse } from "./refusal.mjs";
import { INT, NUMBER, UNKNOWN, VOID } from "./types.mjs";
import { asNumber, asUniform, value } from "./values.mjs";

const BYTES_REMEDY = "bytes counted by hand differ between lanes and scalar code: count in 'sizeof<f32>()', as in 'i * sizeof<f32>()'";
const MASK_REMEDY = "masks and bools differ in memory: store 'condition ? 1 : 0' as f32, and compare it after loading";

export function loadCall(fn, e, asked) {
  if (asked?.kind === "bool") refuse(e, MASK_REMEDY);
  const [pointer, ...immediates] = e.args;
  if (asked === NUMBER) [pointer, ...immediates.slice(0, 1)].forEach(refuseBytesByHand);
  const given = [address(fn, pointer), ...immediates.map((immediate) => address(fn, immediate))];
  const nodes = given.map(({ node }) => node);
  if (asked === NUMBER) return value(v128("load", e.range, ...nodes), NUMBER, ...given);
  e.args = nodes;
  return value(e, asked ?? UNKNOWN, ...given);
}

export function storeCall(fn, e, asked) {
  if (asked?.kind === "bool") refuse(e, MASK_REMEDY);
  const [pointer, stored, ...immediates] = e.args;
  if (asked === NUMBER) [pointer, ...immediates.slice(0, 1)].forEach(refuseBytesByHand);
  const addresses = [pointer, ...immediates].map((argument) => address(fn, argument));
  const content = expression(fn, stored, asked?.kind ?? "unknown");
  const [base, ...rest] = addresses.map(({ node }) => node);
  const effect = "a store to memory";
  if (asked === NUMBER) return { node: v128("store", e.range, base, asNumber(content), ...rest), type: VOID, effect };
  e.args = [base, asUniform(content, "a store of a uniform type"), ...rest];
  return { node: e, type: VOID, effect };
}

function address(fn, e) {
  const given = expression(fn, e, "int");
  return { ...given, node: asUniform(given, "an address") };
}

/** `sizeof<f32>()` and `alignof<f32>()` */
export function sizeofCall(_fn, e, asked) {
  if (asked?.kind === "bool") refuse(e, MASK_REMEDY);
  if (asked === NUMBER) e.typeArguments = [vectorType(e.typeArguments[0].range)];
  return value(e, INT);
}

/** A literal number of bytes in the address of an f32 is right in one twin only, unless it counts sizes. */
function refuseBytesByHand(e) {
  if (e?.kind === NodeKind.Parenthesized || e?.kind === NodeKind.Assertion) refuseBytesByHand(e.expression);
  if (e?.isNumericLiteral && Number(e.range.toString()) !== 0) refuse(e, BYTES_REMEDY);
  if (e?.kind !== NodeKind.Binary) return;
  if (e.operator === Token.LessThan_LessThan) refuse(e, BYTES_REMEDY);
  if (e.operator === Token.Asterisk && (countsSizes(e.left) || countsSizes(e.right))) return;
  refuseBytesByHand(e.left);
  refuseBytesByHand(e.right);
}

function countsSizes(e) {
  if (e.kind === NodeKind.Parenthesized || e.kind === NodeKind.Assertion) return countsSizes(e.expression);
  if (e.kind === NodeKind.Binary) return countsSizes(e.left) || countsSizes(e.right);
  return e.kind === NodeKind.Call && /^(sizeof|offsetof)$/.test(e.expression.text);
}
