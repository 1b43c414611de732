/**
 * Rewrites calls of generic functions. Such a function is a lane primitive: one source for `T = f32` and `T = v128`.
 * The type arguments that asc infers for the scalar twin are worked out here too, because they decide in which
 * precision that twin computes.
 */
import { expression, literalIn } from "./expressions.mjs";
import { vectorType } from "./nodes.mjs";
import { refuse } from "./refusal.mjs";
import { F32, UNKNOWN } from "./types.mjs";
import { asMask, asNumber, asUniform, coerce, silenceIfPoisoned, value } from "./values.mjs";

/** @typedef {import("./types.mjs").Type} Type */
/** @typedef {Map<string, Type>} Bindings what each type parameter stands for */

/** @returns {import("./values.mjs").Value} */
export function genericCall(fn, e, name, declaration, source) {
  const { parameters, returns } = fn.program.signature(declaration, source);
  const types = parameters.map(({ type }) => type);
  const explicit = e.typeArguments && explicitBindings(fn, e, declaration);
  const given = e.args.map((argument, i) => expression(fn, argument, explicit?.get(types[i]?.name)?.kind ?? contextOf(types[i])));
  given.forEach(silenceIfPoisoned);
  const bindings = explicit ?? inferredBindings(e, name, types, given);
  e.args = given.map((argument, i) => genericArgument(argument, types[i] ?? UNKNOWN, bindings, name));
  return value(e, returnedType(e, name, returns, bindings), ...given);
}

/** asc infers the type of an argument of type `T` before it knows `T`. */
const contextOf = (type) => (!type || type.kind === "parameter" ? "auto" : type.kind);

function explicitBindings(fn, e, declaration) {
  const types = e.typeArguments.map((node) => fn.declaredType(node));
  e.typeArguments = e.typeArguments.map((node, i) => (types[i].lane ? vectorType(node.range) : node));
  return new Map(declaration.typeParameters.map(({ name }, i) => [name.text, types[i] ?? UNKNOWN]));
}

/** As asc does: the first argument decides, and a later one of a wider type widens. */
function inferredBindings(e, name, types, given) {
  const bindings = new Map();
  for (const [i, type] of types.entries()) {
    if (type.kind !== "parameter") continue;
    if (!given[i]) refuse(e, `${name} infers its types from its arguments: pass all of them`);
    bindings.set(type.name, widened(bindings.get(type.name), given[i].type));
  }
  for (const [i, type] of types.entries()) {
    if (type.kind === "parameter" && given[i].type.lane) bindings.set(type.name, laneBinding(given[i], bindings.get(type.name), name));
  }
  return bindings;
}

const WIDER = { bool: ["int", "f32", "f64"], int: ["f64"], f32: ["f64"] };

function widened(current, type) {
  if (!current || WIDER[current.kind]?.includes(type.kind)) return type;
  return current.lane || type.kind !== current.kind ? current : type;
}

function laneBinding({ node, type }, bound, name) {
  if (bound.kind === type.kind) return type;
  return refuse(
    node,
    `${name} infers ${bound.kind === "int" ? "an integer" : bound.kind} from its other arguments, but this is a lane value: write ${name}<f32>(...)`,
  );
}

function genericArgument(argument, type, bindings, name) {
  if (type.kind !== "parameter") {
    if (argument.type.lane)
      refuse(argument.node, `this parameter of ${name} is the same for all lanes: declare it as T, or pass a uniform value`);
    return coerce(argument, type, "an argument");
  }
  const bound = bindings.get(type.name);
  if (!bound.lane) return asUniform(argument, "an argument");
  if (bound.kind === "bool") return asMask(argument);
  return asNumber(literalIn(argument, F32));
}

function returnedType(e, name, returns, bindings) {
  if (returns.kind === "parameter") return bindings.get(returns.name) ?? UNKNOWN;
  const onLanes = [...bindings.values()].some(({ lane }) => lane);
  if (onLanes && returns.kind === "f32") refuse(e, `${name} makes one f32 of all lanes: let it return T, a number per lane`);
  return returns;
}
