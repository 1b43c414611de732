/** Rewrites calls of declared functions and methods; AssemblyScript's own functions are in builtins.mjs. */
import { CommonFlags, NodeKind } from "assemblyscript";
import { builtinCall, builtinMember } from "./builtins.mjs";
import { classMember, expression } from "./expressions.mjs";
import { genericCall } from "./generics.mjs";
import { hasFlag } from "./program.mjs";
import { isPure } from "./purity.mjs";
import { refuse } from "./refusal.mjs";
import { UNKNOWN } from "./types.mjs";
import { asUniform, coerce, value } from "./values.mjs";

/** @typedef {import("./values.mjs").Value} Value */

/** @returns {Value} */
export function call(fn, e) {
  const { expression: callee } = e;
  if (callee.kind === NodeKind.Identifier) return namedCall(fn, e, callee.text);
  if (callee.kind === NodeKind.PropertyAccess) return memberCall(fn, e, callee);
  return refuse(e, "lanes code calls functions and methods by their names");
}

function namedCall(fn, e, name) {
  if (fn.local(name)) return opaqueCall(fn, e, name);
  const found = fn.program.lookup(name, fn.source);
  return found ? declaredCall(fn, e, name, found) : builtinCall(fn, e, name);
}

function declaredCall(fn, e, name, { node, source }) {
  if (node?.kind !== NodeKind.FunctionDeclaration && node?.kind !== NodeKind.MethodDeclaration) return opaqueCall(fn, e, name);
  const result = node.typeParameters?.length ? genericCall(fn, e, name, node, source) : plainCall(fn, e, name, node, source);
  return isPure(fn.program, node, source) ? result : withEffect(result, `the call of ${name}`);
}

function memberCall(fn, e, callee) {
  const { expression: owner, property } = callee;
  const isName = owner.kind === NodeKind.Identifier && !fn.local(owner.text);
  const found = isName ? fn.program.lookup(owner.text, fn.source) : undefined;
  if (isName && !found) return builtinMember(fn, e, owner.text, property.text);
  if (found?.module) return moduleCall(fn, e, property.text, found.module);
  if (found?.node.kind === NodeKind.ClassDeclaration) return staticCall(fn, e, property.text, found);
  return methodCall(fn, e, callee);
}

function moduleCall(fn, e, name, module) {
  const found = fn.program.inModule(name, module);
  return found ? declaredCall(fn, e, name, found) : opaqueCall(fn, e, name);
}

function staticCall(fn, e, name, found) {
  const member = fn.program.member(found, name, (m) => hasFlag(m, CommonFlags.Static));
  return member ? declaredCall(fn, e, name, member) : opaqueCall(fn, e, name);
}

function methodCall(fn, e, callee) {
  const name = callee.property.text;
  const object = expression(fn, callee.expression, "auto");
  callee.expression = asUniform(object, "front of a dot");
  const member = classMember(
    fn,
    object.type,
    name,
    (m) => m.kind === NodeKind.MethodDeclaration && !hasFlag(m, CommonFlags.Get | CommonFlags.Set),
  );
  if (!member) return opaqueCall(fn, e, name);
  const called = declaredCall(fn, e, name, member);
  const result = { ...called, effect: object.effect ?? called.effect };
  const mayBeOverridden = fn.program.extended.has(member.owner.name.text);
  return mayBeOverridden ? withEffect(result, `the call of ${name}`) : result;
}

/** A call of something that cannot be looked into. */
const opaqueCall = (fn, e, name) => uniformCall(fn, e, name, laneRemedy(name), false);

/**
 * A call as it stands: nothing per lane goes in, and what comes out is not known.
 * @param {string} remedy what to write where a lane value goes in
 * @param {boolean} isPureCall whether the call has no effect
 */
export function uniformCall(fn, e, name, remedy, isPureCall) {
  refuseLaneTypes(fn, e, name);
  const given = e.args.map((argument) => expression(fn, argument, "unknown"));
  e.args = given.map((argument) => uniformArgument(argument, remedy));
  const result = value(e, UNKNOWN, ...given);
  return isPureCall ? result : withEffect(result, `the call of ${name}`);
}

const withEffect = (result, effect) => ({ ...result, effect: result.effect ?? effect });

const laneRemedy = (name) => `${name} does not take lane values: declare it with @lanes, or as a generic function, ${name}<T>(x: T): T`;

function refuseLaneTypes(fn, e, name) {
  const lane = e.typeArguments?.find((node) => fn.declaredType(node).lane);
  if (lane) refuse(lane, `${name}<f32> is not known to work on lanes: call a generic function whose declaration can be found`);
}

function uniformArgument(argument, remedy) {
  if (argument.type.lane) refuse(argument.node, remedy);
  return asUniform(argument, "an argument");
}

/** A function of fixed types: under `@lanes` its signature is per lane, otherwise all of it is uniform. */
function plainCall(fn, e, name, declaration, source) {
  const { parameters, returns } = fn.program.signature(declaration, source);
  const given = e.args.map((argument, i) => expression(fn, argument, parameters[i]?.type.kind ?? "auto"));
  e.args = given.map((argument, i) => {
    const type = parameters[i]?.type ?? UNKNOWN;
    return type.lane ? coerce(argument, type, "an argument") : plainArgument(fn, argument, declaration, name);
  });
  return value(e, returns, ...given);
}

const plainArgument = (fn, argument, declaration, name) =>
  fn.program.lanes.has(declaration)
    ? asUniform(argument, `an integer or object parameter of ${name}`)
    : uniformArgument(argument, laneRemedy(name));
