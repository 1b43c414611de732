/**
 * Values of rewritten expressions and their coercion: a uniform number or mask widens to all lanes by itself,
 * nothing else converts.
 *
 * @typedef {{ node: object, type: import("./types.mjs").Type, effect?: string }} Value
 *   the rewritten expression, and what evaluating it changes, in words
 */
import { splat, splatMask } from "./nodes.mjs";
import { refuse, refuseAsMask, refuseAsNumber, Silence } from "./refusal.mjs";
import { MASK, NUMBER } from "./types.mjs";

/** @returns {Value} a value whose effects are those of its operands */
export const value = (node, type, ...operands) => ({ node, type, effect: operands.find(({ effect }) => effect)?.effect });

/** @param {Value} given @returns {object} a v128 of numbers */
export function asNumber(given) {
  silenceIfPoisoned(given);
  if (given.type.kind !== "f32") refuseAsNumber(given);
  return given.type.lane ? given.node : splat(given.node);
}

/** @param {Value} given @returns {object} a v128 of masks */
export function asMask(given) {
  silenceIfPoisoned(given);
  if (given.type.kind !== "bool") refuseAsMask(given);
  return given.type.lane ? given.node : splatMask(given.node);
}

/** @param {Value} given @param {string} place what asks for a uniform, in words @returns {object} */
export function asUniform(given, place) {
  silenceIfPoisoned(given);
  if (given.type === NUMBER) refuse(given.node, `a lane number stands in ${place}, which all lanes share: it takes a uniform value`);
  if (given.type === MASK) refuse(given.node, `a lane condition stands in ${place}, which all lanes share: it takes a uniform value`);
  return given.node;
}

const UNKNOWN_CONDITION = "the type of this is not known here: compare it, 'x != 0', or annotate its declaration";

/** A uniform truth. What is not known might be per lane, and asc takes any v128 for a condition. */
export function asCondition(given, place) {
  const node = asUniform(given, place);
  if (given.type.kind === "unknown") refuse(node, UNKNOWN_CONDITION);
  return node;
}

/** The rewritten node of a value that goes where a type was declared. */
export function coerce(given, type, place) {
  if (type === NUMBER) return asNumber(given);
  return type === MASK ? asMask(given) : asUniform(given, place);
}

export function silenceIfPoisoned({ type }) {
  if (type.kind === "poison") throw new Silence();
}
