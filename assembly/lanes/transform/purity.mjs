/**
 * Which calls have no effect but their value. A lane condition evaluates both branches of `?:` and both sides of
 * `&&` and `||` for all lanes, where the scalar twin evaluates one; only an effect could tell the difference.
 */
import { Node, NodeKind, Token } from "assemblyscript";
import { isAssignment } from "./tokens.mjs";

const PURE_BUILTINS = new Set(
  `abs alignof bswap ceil changetype clz copysign ctz floor isBoolean isDefined isFinite isFloat isInteger isNaN
   isReference isSigned isVector load max min nearest offsetof popcnt reinterpret rotl rotr select sizeof sqrt trunc
   bool i8 i16 i32 i64 isize u8 u16 u32 u64 usize f32 f64 v128`.split(/\s+/),
);
const PURE_NAMESPACES = /^(v128|[if]\d+(x\d+)?|[iu]size|u\d+|Mathf?|NativeMathf?)$/;
const IMPURE_MEMBERS = /store|grow|copy|fill|atomic|random/i;

/** @returns {boolean} whether a function changes nothing outside itself */
export const isPure = (program, declaration, source) => changesNothing(program, declaration, source, new Set());

/** @param {Set<object>} assumed functions that are being looked into: recursion adds nothing to what they do */
function changesNothing(program, declaration, source, assumed) {
  if (assumed.has(declaration)) return true;
  if (!declaration.body) return false;
  assumed.add(declaration);
  const locals = new Set(declaration.signature.parameters.map(({ name }) => name.text));
  const scan = (node) => isHarmless(node) && children(node).every(scan);
  const isHarmless = (node) => {
    if (node.kind === NodeKind.VariableDeclaration) locals.add(node.name.text);
    if (node.kind === NodeKind.Throw || node.kind === NodeKind.New || node.kind === NodeKind.Function) return false;
    if (node.kind === NodeKind.Call) return isPureCall(program, node, source, assumed);
    const target = assigned(node);
    return !target || (target.kind === NodeKind.Identifier && locals.has(target.text));
  };
  return scan(declaration.body);
}

function isPureCall(program, { expression: callee }, source, assumed) {
  if (callee.kind === NodeKind.PropertyAccess) return isPureMember(program, callee, source, assumed);
  if (callee.kind !== NodeKind.Identifier) return false;
  const found = program.lookup(callee.text, source);
  return found ? isPureFunction(program, found, assumed) : PURE_BUILTINS.has(callee.text);
}

function isPureMember(program, { expression: owner, property }, source, assumed) {
  if (owner.kind !== NodeKind.Identifier) return false;
  const found = program.lookup(owner.text, source);
  if (!found) return isPureBuiltinMember(owner.text, property.text);
  const member = found.module && program.lookup(property.text, found.module);
  return member ? isPureFunction(program, member, assumed) : false;
}

export const isPureBuiltin = (name) => PURE_BUILTINS.has(name);

export const isPureBuiltinMember = (namespace, name) => PURE_NAMESPACES.test(namespace) && !IMPURE_MEMBERS.test(name);

const isPureFunction = (program, { node, source }, assumed) =>
  node?.kind === NodeKind.FunctionDeclaration && changesNothing(program, node, source, assumed);

function assigned(node) {
  if (node.kind === NodeKind.Binary && isAssignment(node.operator)) return node.left;
  const counts = node.kind === NodeKind.UnaryPostfix || node.kind === NodeKind.UnaryPrefix;
  return counts && (node.operator === Token.Plus_Plus || node.operator === Token.Minus_Minus) ? node.operand : undefined;
}

const children = (node) =>
  Object.values(node)
    .flat()
    .filter((child) => child instanceof Node);
