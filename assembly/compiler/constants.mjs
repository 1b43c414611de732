/** Reads the constants at the top of a parsed file: numbers, texts and lists of numbers, as far as they can be told without running it. */
import { CommonFlags, LiteralKind, NodeKind, Token } from "assemblyscript";

/** Thrown where a constant can't be read. */
export class Unreadable extends Error {
  constructor(node, message) {
    super(message);
    this.node = node;
  }
}

const OPERATIONS = new Map([
  [Token.Plus, (a, b) => a + b],
  [Token.Minus, (a, b) => a - b],
  [Token.Asterisk, (a, b) => a * b],
  [Token.Slash, (a, b) => a / b],
]);

const WANTED = "write numbers, + - * /, Infinity and constants of this file";

/** Constants that every file knows. */
const KNOWN = new Map([
  ["Infinity", Number.POSITIVE_INFINITY],
  ["Math.PI", Math.PI],
  ["Mathf.PI", Math.PI],
]);

export class Constants {
  /** @param {object} source a parsed file */
  constructor(source) {
    const variables = source.statements.flatMap(({ kind, declarations }) => (kind === NodeKind.Variable ? declarations : []));
    this.declarations = new Map(variables.filter(isConst).map((declaration) => [declaration.name.text, declaration]));
  }

  has(name) {
    return this.declarations.has(name);
  }

  /** The declaration's name, for messages about its value. */
  place(name) {
    return this.declarations.get(name)?.name;
  }

  /** @returns {string} */
  text(name) {
    const { initializer } = this.declarations.get(name);
    if (!isLiteral(initializer, LiteralKind.String)) throw new Unreadable(initializer, `${name} is a text in quotes`);
    return initializer.value;
  }

  /** @returns {number} */
  number(name) {
    return this.evaluate(this.declarations.get(name).initializer, new Set([name]));
  }

  /** @returns {number[]} */
  numbers(name) {
    const { initializer } = this.declarations.get(name);
    if (!isLiteral(initializer, LiteralKind.Array)) throw new Unreadable(initializer, `${name} is a list of numbers: [-1, 1]`);
    return initializer.elementExpressions.map((element) => this.evaluate(element, new Set([name])));
  }

  /** @param {ReadonlySet<string>} inside constants that are being read, so that none is read through itself */
  evaluate(node, inside) {
    if (isLiteral(node, LiteralKind.Float)) return node.value;
    if (isLiteral(node, LiteralKind.Integer)) return integerOf(node.value);
    if (node?.kind === NodeKind.Parenthesized) return this.evaluate(node.expression, inside);
    if (node?.kind === NodeKind.UnaryPrefix) return this.signed(node, inside);
    if (node?.kind === NodeKind.Binary) return this.combined(node, inside);
    return this.named(node, inside);
  }

  signed(node, inside) {
    if (node.operator === Token.Minus) return -this.evaluate(node.operand, inside);
    if (node.operator === Token.Plus) return this.evaluate(node.operand, inside);
    throw new Unreadable(node, `this is no constant that the build can read: ${WANTED}`);
  }

  combined(node, inside) {
    const operation = OPERATIONS.get(node.operator);
    if (!operation) throw new Unreadable(node, `this is no constant that the build can read: ${WANTED}`);
    return operation(this.evaluate(node.left, inside), this.evaluate(node.right, inside));
  }

  named(node, inside) {
    const name = nameOf(node);
    const declaration = this.declarations.get(name);
    if (declaration && !inside.has(name)) return this.evaluate(declaration.initializer, new Set([...inside, name]));
    if (!declaration && KNOWN.has(name)) return KNOWN.get(name);
    throw new Unreadable(node, `this is no constant that the build can read: ${WANTED}`);
  }
}

/** An integer literal's value: two words, low and high, read as one signed number. */
function integerOf({ low, high }) {
  return high * 2 ** 32 + (low >>> 0);
}

function isConst({ flags, initializer }) {
  return (flags & CommonFlags.Const) !== 0 && initializer !== null;
}

function isLiteral(node, literalKind) {
  return node?.kind === NodeKind.Literal && node.literalKind === literalKind;
}

/** `name`, or `Math.name` for a member. */
function nameOf(node) {
  if (node?.kind === NodeKind.Identifier) return node.text;
  if (node?.kind !== NodeKind.PropertyAccess || node.expression.kind !== NodeKind.Identifier) return undefined;
  return `${node.expression.text}.${node.property.text}`;
}
