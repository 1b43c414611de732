/** Rewrites expressions: names, literals, fields, casts. Operators and calls have files of their own. */
import { AssertionKind, CommonFlags, LiteralKind, NodeKind } from "assemblyscript";
import { call } from "./calls.mjs";
import { binary, ternary, unary } from "./operators.mjs";
import { hasFlag } from "./program.mjs";
import { isPure } from "./purity.mjs";
import { refuse, Silence } from "./refusal.mjs";
import { BOOL, F32, F64, INT, insideLanes, outsideLanes, UNKNOWN } from "./types.mjs";
import { asUniform, value } from "./values.mjs";

/** @typedef {import("./values.mjs").Value} Value */

const REWRITERS = new Map([
  [NodeKind.Identifier, identifier],
  [NodeKind.This, thisReference],
  [NodeKind.True, (_fn, e) => value(e, BOOL)],
  [NodeKind.False, (_fn, e) => value(e, BOOL)],
  [NodeKind.Null, (_fn, e) => value(e, UNKNOWN)],
  [NodeKind.Literal, literal],
  [NodeKind.Parenthesized, parenthesized],
  [NodeKind.PropertyAccess, property],
  [NodeKind.ElementAccess, element],
  [NodeKind.Assertion, assertion],
  [NodeKind.Binary, binary],
  [NodeKind.UnaryPrefix, unary],
  [NodeKind.UnaryPostfix, unary],
  [NodeKind.Ternary, ternary],
  [NodeKind.Call, call],
]);

const REMEDIES = new Map([
  [NodeKind.Comma, "the comma operator is not lanes code: write one statement after the other"],
  [NodeKind.New, "lanes code allocates nothing: let the caller pass the object in"],
  [NodeKind.Function, "lanes code has no function expressions: declare an @lanes function at the top of the file"],
  [NodeKind.Class, "lanes code declares no classes: declare it at the top of the file"],
  [NodeKind.InstanceOf, "lanes code does not ask for classes at run time: declare what type it is"],
  [NodeKind.Super, "super is not lanes code: call a method of another name"],
]);

const LITERAL_REMEDIES = new Map([
  [LiteralKind.String, "lanes code has no strings: use numbers"],
  [LiteralKind.Template, "lanes code has no strings: use numbers"],
  [LiteralKind.RegExp, "lanes code has no regular expressions: use numbers"],
  [LiteralKind.Array, "lanes code allocates no arrays: use fields, or load<f32> from memory that the caller passes in"],
  [LiteralKind.Object, "lanes code allocates no objects: use fields"],
]);

/** Constants of AssemblyScript that are f32, by the namespace they stand in. */
const F32_NAMESPACES = new Set(["f32", "Mathf", "NativeMathf"]);
const INT_NAMESPACE = /^([iu](8|16|32|64|size))$/;

/**
 * @param {import("./functions.mjs").LanesFunction} fn the function that is being rewritten
 * @param {object} e
 * @param {import("./types.mjs").Context} context
 * @returns {Value}
 */
export function expression(fn, e, context) {
  const rewrite = REWRITERS.get(e.kind);
  if (!rewrite) refuse(e, REMEDIES.get(e.kind) ?? "this expression is not lanes code");
  return rewrite(fn, e, context);
}

function identifier(fn, e, context) {
  const local = fn.local(e.text);
  if (local?.kind === "poison") throw new Silence();
  if (local) return value(e, local);
  const found = fn.program.lookup(e.text, fn.source);
  if (found) return value(e, moduleType(fn, found));
  if (e.text === "NaN" || e.text === "Infinity") return value(e, context === "f32" ? F32 : F64);
  return value(e, UNKNOWN);
}

function moduleType(fn, { node, source }) {
  return node?.kind === NodeKind.VariableDeclaration ? fn.program.variableType(node, source) : UNKNOWN;
}

function thisReference(fn, e) {
  return value(e, fn.thisType ?? UNKNOWN);
}

function literal(_fn, e, context) {
  if (!e.isNumericLiteral) refuse(e, LITERAL_REMEDIES.get(e.literalKind));
  return value(e, numberType(e, context));
}

/** The type that asc gives a literal, which depends on what the surroundings ask for. */
export function numberType({ literalKind }, context) {
  if (context === "unknown") return UNKNOWN;
  if (context === "f32") return F32;
  return literalKind === LiteralKind.Float || context === "f64" ? F64 : INT;
}

/** asc takes a literal's minus sign into the literal, and makes an f64 of a -0 that nothing asks to be otherwise. */
export function negatedType(literalNode, context) {
  const type = numberType(literalNode, context);
  const isZero = Number(literalNode.range.toString()) === 0;
  return type === INT && isZero && context !== "int" && context !== "bool" ? F64 : type;
}

/** An integer literal that asc types anew, once it knows what is asked of it. */
export function literalIn(given, type) {
  const { node } = given;
  const isLiteral = node.isNumericLiteral || (node.kind === NodeKind.UnaryPrefix && node.operand.isNumericLiteral);
  return isLiteral && given.type === INT ? { ...given, type } : given;
}

function parenthesized(fn, e, context) {
  const inner = expression(fn, e.expression, context);
  if (inner.type.lane) return inner;
  e.expression = inner.node;
  return { ...inner, node: e };
}

function property(fn, e) {
  const constant = staticProperty(fn, e);
  if (constant) return value(e, constant);
  const object = expression(fn, e.expression, "auto");
  e.expression = asUniform(object, "front of a dot");
  const member = classMember(fn, object.type, e.property.text, (m) => m.kind === NodeKind.FieldDeclaration || hasFlag(m, CommonFlags.Get));
  if (!member) return value(e, UNKNOWN, object);
  return { ...value(e, memberType(fn, member), object), ...getterEffect(fn, member, e) };
}

function getterEffect(fn, { node, source }, e) {
  if (node.kind === NodeKind.FieldDeclaration || isPure(fn.program, node, source)) return {};
  return { effect: `reading ${e.property.text}` };
}

/** @returns {import("./types.mjs").Type | undefined} the type of `Namespace.NAME`, undefined where an object stands before the dot */
function staticProperty(fn, { expression: owner, property: { text } }) {
  if (owner.kind !== NodeKind.Identifier || fn.local(owner.text)) return undefined;
  const found = fn.program.lookup(owner.text, fn.source);
  if (!found) return builtinProperty(owner.text);
  if (found.module) return moduleType(fn, fn.program.inModule(text, found.module) ?? {});
  if (found.node.kind === NodeKind.EnumDeclaration) return INT;
  if (found.node.kind !== NodeKind.ClassDeclaration) return undefined;
  const member = fn.program.member(found, text, (m) => hasFlag(m, CommonFlags.Static));
  return member?.node.kind === NodeKind.FieldDeclaration ? fn.program.variableType(member.node, member.source) : UNKNOWN;
}

function builtinProperty(namespace) {
  if (F32_NAMESPACES.has(namespace)) return F32;
  return INT_NAMESPACE.test(namespace) ? INT : UNKNOWN;
}

/** @returns {{ node: object, owner: object, source: object } | undefined} */
export function classMember(fn, type, name, accepts) {
  if (type.kind !== "class") return undefined;
  return fn.program.member({ node: type.declaration, source: type.source }, name, (m) => !hasFlag(m, CommonFlags.Static) && accepts(m));
}

export function memberType(fn, { node, owner, source }) {
  if (node.kind !== NodeKind.FieldDeclaration) return fn.program.signature(node, source).returns;
  const type = fn.program.variableType(node, source);
  return fn.program.lanes.has(owner) ? insideLanes(type) : type;
}

function element(fn, e) {
  const object = expression(fn, e.expression, "auto");
  e.expression = asUniform(object, "front of [ ]");
  const index = expression(fn, e.elementExpression, "int");
  e.elementExpression = asUniform(index, "an index");
  return value(e, UNKNOWN, object, index);
}

function assertion(fn, e, context) {
  if (e.assertionKind === AssertionKind.Const) refuse(e, "'as const' is not lanes code: leave it out");
  if (e.assertionKind === AssertionKind.NonNull) {
    const inner = expression(fn, e.expression, context);
    e.expression = asUniform(inner, "front of '!'");
    return { ...inner, node: e };
  }
  const type = outsideLanes(fn.declaredType(e.toType));
  return cast(type, expression(fn, e.expression, type.kind), (node) => {
    e.expression = node;
    return e;
  });
}

/**
 * An explicit conversion. @param {(node: object) => object} wrap builds the cast of a uniform value
 * @returns {Value}
 */
export function cast(type, inner, wrap) {
  if (!inner.type.lane) return { ...inner, node: wrap(inner.node), type };
  if (inner.type.kind === type.kind) return inner;
  if (inner.type.kind === "bool") refuse(inner.node, "a mask cannot be cast to a number: write 'condition ? 1 : 0'");
  if (type.kind === "bool") refuse(inner.node, "a lane number cannot be cast to a mask: compare it, 'x != 0'");
  if (type.kind === "f64") refuse(inner.node, "lanes code computes in f32, not in f64: leave the cast out");
  return refuse(inner.node, "a lane number cannot become an integer, which all lanes share: keep it in f32, with floor or trunc");
}
