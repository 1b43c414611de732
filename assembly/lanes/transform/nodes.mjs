/** Builders of the AST that lanes code is rewritten to. */
import { Node, Token } from "assemblyscript";

const identifier = (text, range) => Node.createIdentifierExpression(text, range, false);

function callIn(namespace, operation, range, args) {
  const callee = Node.createPropertyAccessExpression(identifier(namespace, range), identifier(operation, range), range);
  return Node.createCallExpression(callee, null, args, range);
}

/** `f32x4.operation(...args)` */
export const f32x4 = (operation, range, ...args) => callIn("f32x4", operation, range, args);

/** `v128.operation(...args)` */
export const v128 = (operation, range, ...args) => callIn("v128", operation, range, args);

/** A uniform `f32` in every lane. asc types the argument as f32, literals included. */
export const splat = (node) => f32x4("splat", node.range, node);

/** A uniform `bool` in every lane: 0 or -1, so that all bits of a lane agree. */
export function splatMask(node) {
  const asInteger = Node.createCallExpression(identifier("i32", node.range), null, [node], node.range);
  return callIn("i32x4", "splat", node.range, [Node.createUnaryPrefixExpression(Token.Minus, asInteger, node.range)]);
}

export const everyLane = (range) => splatMask(Node.createTrueExpression(range));
export const noLane = (range) => splatMask(Node.createFalseExpression(range));

/** Ones in all bits of every lane but the sign: i32.MAX_VALUE is 0x7fffffff. */
export function magnitudeBits(range) {
  const bits = Node.createPropertyAccessExpression(identifier("i32", range), identifier("MAX_VALUE", range), range);
  return callIn("i32x4", "splat", range, [bits]);
}

export const assign = (target, value, range) => Node.createBinaryExpression(Token.Equals, target, value, range);

export const vectorType = (range) => Node.createNamedType(Node.createSimpleTypeName("v128", range), null, false, range);

/** Names that rewritten code speaks of, which a declaration of the user must not hide. */
export const RESERVED = ["v128", "f32x4", "i32x4", "i32"];

/** A branch on a uniform condition. */
export const choose = (condition, whenTrue, whenFalse, range) => Node.createTernaryExpression(condition, whenTrue, whenFalse, range);
