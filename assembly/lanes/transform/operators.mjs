/** Rewrites operators. Operands are typed as asc types them, so that both twins compute in the same precision. */
import { NodeKind, Token } from "assemblyscript";
import { expression, negatedType } from "./expressions.mjs";
import { choose, everyLane, f32x4, noLane, v128 } from "./nodes.mjs";
import { refuse } from "./refusal.mjs";
import { ARITHMETIC, BITWISE, COMPARISON, isAssignment, OPERATOR_REMEDIES } from "./tokens.mjs";
import { BOOL, F32, F64, MASK, NUMBER, UNKNOWN } from "./types.mjs";
import { asCondition, asMask, asNumber, silenceIfPoisoned, value } from "./values.mjs";

/** @typedef {import("./values.mjs").Value} Value */

export function binary(fn, e, context) {
  if (isAssignment(e.operator)) refuse(e, "an assignment is a statement in lanes code: give it a line of its own");
  if (e.operator === Token.Ampersand_Ampersand || e.operator === Token.Bar_Bar) return logical(fn, e, context);
  const left = expression(fn, e.left, BITWISE.has(e.operator) ? "int" : context);
  const right = expression(fn, e.right, left.type.kind);
  if (!left.type.lane && !right.type.lane) return uniformBinary(e, left, right);
  if (COMPARISON.has(e.operator)) return comparison(e, left, right);
  const operation = ARITHMETIC.get(e.operator);
  if (!operation) refuse(e, OPERATOR_REMEDIES.get(e.operator) ?? "this operator is not lanes code");
  return value(arithmetic(operation, e.range, left, right), NUMBER, left, right);
}

/** @returns {object} the rewritten node */
export const arithmetic = (operation, range, left, right) => f32x4(operation, range, asNumber(left), asNumber(right));

function comparison(e, left, right) {
  const operation = COMPARISON.get(e.operator);
  if (left.type.kind !== "bool" || right.type.kind !== "bool") {
    return value(arithmetic(operation, e.range, left, right), MASK, left, right);
  }
  if (operation !== "eq" && operation !== "ne") refuse(e, "masks have no order: combine them with &&, || and !");
  const differ = v128("xor", e.range, asMask(left), asMask(right));
  return value(operation === "ne" ? differ : v128("not", e.range, differ), MASK, left, right);
}

function uniformBinary(e, left, right) {
  e.left = left.node;
  e.right = right.node;
  const type = commonType(left.type, right.type);
  return value(e, COMPARISON.has(e.operator) && (isScalar(left) || isScalar(right)) ? BOOL : type, left, right);
}

/** Whether a uniform value cannot be a v128, which asc would compare with another as one truth for all lanes. */
const isScalar = ({ node, type }) => type.kind !== "unknown" || node.isNumericLiteral;

function commonType(left, right) {
  silenceIfPoisoned({ type: left });
  silenceIfPoisoned({ type: right });
  if (left.kind === right.kind) return left;
  return new Set([left, right, F32, F64]).size === 2 ? F64 : UNKNOWN;
}

/** A uniform left side decides for all lanes, as in scalar code; a lane condition needs both sides. */
function logical(fn, e, context) {
  const isAnd = e.operator === Token.Ampersand_Ampersand;
  const left = expression(fn, e.left, context);
  const right = expression(fn, e.right, left.type.kind);
  if (!left.type.lane && !right.type.lane) return uniformBinary(e, left, right);
  if (!left.type.lane) return value(shortCircuit(isAnd, e, left, right), MASK, left, right);
  refuseEffect(e.right, right);
  return value(v128(isAnd ? "and" : "or", e.range, asMask(left), asMask(right)), MASK, left);
}

function shortCircuit(isAnd, e, left, right) {
  asMask(left);
  const mask = asMask(right);
  return isAnd ? choose(left.node, mask, noLane(e.range), e.range) : choose(left.node, everyLane(e.range), mask, e.range);
}

function refuseEffect(e, { effect }) {
  if (effect) refuse(e, `a lane condition evaluates this for all lanes, but ${effect} has an effect: do it in a statement before`);
}

const PLACE = "a condition";

export function ternary(fn, e, context) {
  const condition = expression(fn, e.condition, "bool");
  if (condition.type.lane && condition.effect) refuseReordering(fn, e, condition);
  const then = expression(fn, e.ifThen, context);
  const otherwise = expression(fn, e.ifElse, context === "auto" ? then.type.kind : context);
  if (condition.type.lane) return blend(e, condition, then, otherwise);
  if (then.type.lane || otherwise.type.lane) return uniformChoice(e, condition, then, otherwise);
  Object.assign(e, { condition: asCondition(condition, PLACE), ifThen: then.node, ifElse: otherwise.node });
  return value(e, then.type.kind === otherwise.type.kind ? then.type : UNKNOWN, condition, then, otherwise);
}

/** The condition of a bitselect is evaluated last; only values that nothing can change may stand before it. */
function refuseReordering(fn, e, { effect }) {
  const isFixed = (node) => {
    if (node.isNumericLiteral || node.kind === NodeKind.True || node.kind === NodeKind.False) return true;
    if (node.kind === NodeKind.Parenthesized) return isFixed(node.expression);
    if (node.kind === NodeKind.UnaryPrefix) return isFixed(node.operand);
    if (node.kind === NodeKind.Binary) return isFixed(node.left) && isFixed(node.right);
    return node.kind === NodeKind.Identifier && (fn.local(node.text) !== undefined || fn.isConstant(node.text));
  };
  if (isFixed(e.ifThen) && isFixed(e.ifElse)) return;
  refuse(e.condition, `${effect} has an effect, which the branches of '?:' might see: name the condition first, 'const chosen = …'`);
}

function blend(e, condition, then, otherwise) {
  refuseEffect(e.ifThen, then);
  refuseEffect(e.ifElse, otherwise);
  const [type, whenTrue, whenFalse] = branches(e, then, otherwise);
  return value(v128("bitselect", e.range, whenTrue, whenFalse, asMask(condition)), type, condition);
}

function uniformChoice(e, condition, then, otherwise) {
  const [type, ifThen, ifElse] = branches(e, then, otherwise);
  return value(choose(asCondition(condition, PLACE), ifThen, ifElse, e.range), type, condition, then, otherwise);
}

/** Both branches as the one lane type that they share. */
function branches(e, then, otherwise) {
  const kinds = [then.type.kind, otherwise.type.kind];
  if (kinds.includes("f32") && kinds.includes("bool")) {
    refuse(e, "one branch of '?:' is a number, the other a mask: make both the same, 'condition ? 1 : 0'");
  }
  if (kinds.includes("bool")) return [MASK, asMask(then), asMask(otherwise)];
  return [NUMBER, asNumber(then), asNumber(otherwise)];
}

export function unary(fn, e, context) {
  if (e.operator === Token.Plus_Plus || e.operator === Token.Minus_Minus) return count(fn, e, context);
  if (e.operator === Token.Minus && e.operand.isNumericLiteral) return value(e, negatedType(e.operand, context));
  const operand = expression(fn, e.operand, e.operator === Token.Tilde ? "int" : context);
  if (!operand.type.lane) return uniformUnary(e, operand);
  if (e.operator === Token.Minus) return value(f32x4("neg", e.range, asNumber(operand)), NUMBER, operand);
  if (e.operator === Token.Plus) return value(asNumber(operand), NUMBER, operand);
  if (e.operator === Token.Exclamation) return value(v128("not", e.range, asMask(operand)), MASK, operand);
  return refuse(e, OPERATOR_REMEDIES.get(Token.Ampersand));
}

function uniformUnary(e, operand) {
  e.operand = operand.node;
  if (e.operator !== Token.Exclamation) return value(e, operand.type, operand);
  asCondition(operand, PLACE);
  return value(e, BOOL, operand);
}

function count(fn, e, context) {
  const operand = expression(fn, e.operand, context);
  const sign = e.operator === Token.Plus_Plus ? "+" : "-";
  if (operand.type.lane) refuse(e, `'${sign}${sign}' counts integers: write '${sign}= 1'`);
  e.operand = operand.node;
  return { node: e, type: operand.type, effect: "counting" };
}
