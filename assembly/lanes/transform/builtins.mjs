/** Rewrites calls of AssemblyScript's own functions: `sqrt(x)`, `min<f32>(a, b)`, `f32.abs(x)`, `load<f32>(p)`. */
import { NodeKind } from "assemblyscript";
import { uniformCall } from "./calls.mjs";
import { cast, expression } from "./expressions.mjs";
import { loadCall, sizeofCall, storeCall } from "./memory.mjs";
import { f32x4, magnitudeBits, v128 } from "./nodes.mjs";
import { isPureBuiltin, isPureBuiltinMember } from "./purity.mjs";
import { refuse } from "./refusal.mjs";
import { BOOL, INT, MASK, NUMBER, namedType, outsideLanes, UNKNOWN } from "./types.mjs";
import { asMask, asNumber, asUniform, value } from "./values.mjs";

/** @typedef {import("./values.mjs").Value} Value */

const BUILTINS = new Map([
  ...["abs", "ceil", "floor", "nearest", "sqrt", "trunc"].map((name) => [name, (fn, e, asked) => unaryCall(fn, e, name, asked)]),
  ...["min", "max"].map((name) => [name, (fn, e, asked) => extremumCall(fn, e, name, asked)]),
  ["copysign", copysignCall],
  ["select", selectCall],
  ["isNaN", isNaNCall],
  ["load", loadCall],
  ["store", storeCall],
  ["sizeof", sizeofCall],
  ["alignof", sizeofCall],
  ["offsetof", (_fn, e) => value(e, INT)],
  ["changetype", changetypeCall],
]);

/** How many arguments a builtin takes, where it is not one. */
const ARITY = {
  min: [2, 2],
  max: [2, 2],
  copysign: [2, 2],
  select: [3, 3],
  load: [1, 3],
  store: [2, 4],
  sizeof: [0, 0],
  alignof: [0, 0],
  offsetof: [0, 1],
};
const ONE = [1, 1];

/** Members of `f32` and `Mathf` that are the builtin of the same name, instruction for instruction. */
const F32_MEMBERS = {
  f32: new Set(["abs", "ceil", "copysign", "floor", "max", "min", "nearest", "sqrt", "trunc", "load", "store"]),
  Mathf: new Set(["abs", "ceil", "floor", "max", "min", "sqrt", "trunc"]),
};

const ARITHMETIC_REMEDY = "write it with + - * /, comparisons, '?:' and the builtins abs, floor, min, max, sqrt …";
const IN_LANES_MATH = /^(a?sinh?|a?cosh?|a?tanh?|atan2|exp|expm1|exp2|log|log1p|log2|log10|pow|hypot|cbrt)$/;
/** `isVector<T>()`, `isDefined(x)` and the like, which say true or false. */
const IS_QUESTION = /^is[A-Z]/;
const VECTOR_NAMESPACE = /^(v128|[if]\d+x\d+)$/;

/** A call by a name that no file declares. @returns {Value} */
export function builtinCall(fn, e, name) {
  const builtin = BUILTINS.get(name);
  if (builtin) return arityChecked(e, name, () => builtin(fn, e, askedType(fn, e)));
  const type = namedType(name);
  if (type) return conversion(fn, e, type);
  if (VECTOR_NAMESPACE.test(name)) refuseVector(e);
  const result = uniformCall(fn, e, name, `${name} has no lane form: ${ARITHMETIC_REMEDY}`, isPureBuiltin(name));
  return IS_QUESTION.test(name) ? { ...result, type: BOOL } : result;
}

/** A call of `namespace.name` where no file declares the namespace. @returns {Value} */
export function builtinMember(fn, e, namespace, name) {
  if (VECTOR_NAMESPACE.test(namespace)) refuseVector(e);
  if (F32_MEMBERS[namespace]?.has(name)) return arityChecked(e, name, () => BUILTINS.get(name)(fn, e, NUMBER));
  const qualified = `${namespace}.${name}`;
  return uniformCall(fn, e, qualified, `${qualified} has no lane form: ${memberRemedy(name)}`, isPureBuiltinMember(namespace, name));
}

function memberRemedy(name) {
  if (BUILTINS.has(name)) return `write ${name}(x), the builtin`;
  return IN_LANES_MATH.test(name) ? `import { ${name} } from "lanes/math"` : ARITHMETIC_REMEDY;
}

function refuseVector(e) {
  refuse(e, "lanes code is scalar code, which the compiler widens: write it for one f32; SIMD by hand goes into a generic function");
}

function arityChecked(e, name, rewrite) {
  const [fewest, most] = ARITY[name] ?? ONE;
  const wanted = fewest === most ? fewest : `${fewest} to ${most}`;
  if (e.args.length < fewest || e.args.length > most) refuse(e, `wrong number of arguments: ${name} takes ${wanted}, not ${e.args.length}`);
  return rewrite();
}

/** The type argument of `name<T>(...)`, which asc asks of all arguments. @returns {import("./types.mjs").Type | undefined} */
const askedType = (fn, e) => (e.typeArguments?.length === 1 ? fn.declaredType(e.typeArguments[0]) : undefined);

/** `f32(x)`, `i32(x)`, `bool(x)` */
function conversion(fn, e, type) {
  if (e.args.length !== 1) refuse(e, "a conversion takes one argument");
  return cast(type, expression(fn, e.args[0], type.kind), (node) => {
    e.args = [node];
    return e;
  });
}

/** The call as it stands, of uniform values only. */
function asItStands(e, type, given) {
  e.args = given.map(({ node }) => node);
  return value(e, outsideLanes(type), ...given);
}

function unaryCall(fn, e, name, asked) {
  const operand = expression(fn, e.args[0], asked?.kind ?? "auto");
  if (!operand.type.lane) return asItStands(e, asked ?? operand.type, [operand]);
  return value(f32x4(name, e.range, asNumber(operand)), NUMBER, operand);
}

function extremumCall(fn, e, name, asked) {
  const [left, right] = pair(fn, e, asked);
  if (!left.type.lane && !right.type.lane) return asItStands(e, asked ?? left.type, [left, right]);
  return value(f32x4(name, e.range, asNumber(left), asNumber(right)), NUMBER, left, right);
}

/** asc types the second argument after the first, except that a literal in front takes the type of the second. */
function pair(fn, e, asked) {
  const left = expression(fn, e.args[0], asked?.kind ?? "auto");
  const right = expression(fn, e.args[1], left.type.kind);
  if (asked || !e.args[0].isNumericLiteral || left.type.kind === right.type.kind) return [left, right];
  return [expression(fn, e.args[0], right.type.kind), right];
}

/** The sign bit of the second argument, all other bits of the first. */
function copysignCall(fn, e, asked) {
  const magnitude = expression(fn, e.args[0], asked?.kind ?? "auto");
  const sign = expression(fn, e.args[1], magnitude.type.kind);
  if (!magnitude.type.lane && !sign.type.lane) return asItStands(e, asked ?? magnitude.type, [magnitude, sign]);
  return value(v128("bitselect", e.range, asNumber(magnitude), asNumber(sign), magnitudeBits(e.range)), NUMBER, magnitude, sign);
}

/** Both values are evaluated in the scalar twin too, so that effects in them are no matter. */
function selectCall(fn, e, asked) {
  const then = expression(fn, e.args[0], asked?.kind ?? "auto");
  const otherwise = expression(fn, e.args[1], then.type.kind);
  const condition = expression(fn, e.args[2], "bool");
  const given = [then, otherwise, condition];
  if (!given.some(({ type }) => type.lane)) return asItStands(e, asked ?? then.type, given);
  const isMask = then.type.kind === "bool";
  const lanes = isMask ? [asMask(then), asMask(otherwise)] : [asNumber(then), asNumber(otherwise)];
  return value(v128("bitselect", e.range, ...lanes, asMask(condition)), isMask ? MASK : NUMBER, ...given);
}

/** Only NaN differs from itself. The operand stands twice, so it must cost nothing to evaluate. */
function isNaNCall(fn, e, asked) {
  const operand = expression(fn, e.args[0], asked?.kind ?? "auto");
  if (!operand.type.lane) return asItStands(e, BOOL, [operand]);
  const isName = e.args[0].kind === NodeKind.Identifier || e.args[0].kind === NodeKind.PropertyAccess;
  if (!isName || operand.effect) refuse(e.args[0], "isNaN looks at its argument twice: name it first, 'const t = …; isNaN(t)'");
  const number = asNumber(operand);
  return value(f32x4("ne", e.range, number, number), MASK, operand);
}

function changetypeCall(fn, e, asked) {
  const given = e.args.map((argument) => expression(fn, argument, "auto"));
  e.args = given.map((argument) => asUniform(argument, "changetype"));
  if (asked?.lane) refuse(e, "changetype makes no lane values: load<f32> from memory, or cast, f32(i)");
  return value(e, asked ?? UNKNOWN, ...given);
}
