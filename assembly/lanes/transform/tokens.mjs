/** The operators of lanes code. */
import { Token } from "assemblyscript";

/** On two lane numbers: the `f32x4` operation. */
export const ARITHMETIC = new Map([
  [Token.Plus, "add"],
  [Token.Minus, "sub"],
  [Token.Asterisk, "mul"],
  [Token.Slash, "div"],
]);

/** On two lane numbers, giving a mask. */
export const COMPARISON = new Map([
  [Token.LessThan, "lt"],
  [Token.LessThan_Equals, "le"],
  [Token.GreaterThan, "gt"],
  [Token.GreaterThan_Equals, "ge"],
  [Token.Equals_Equals, "eq"],
  [Token.Equals_Equals_Equals, "eq"],
  [Token.Exclamation_Equals, "ne"],
  [Token.Exclamation_Equals_Equals, "ne"],
]);

/** On integers: asc asks integers of the left operand, whatever the surroundings ask. */
export const BITWISE = new Set([
  Token.Ampersand,
  Token.Bar,
  Token.Caret,
  Token.LessThan_LessThan,
  Token.GreaterThan_GreaterThan,
  Token.GreaterThan_GreaterThan_GreaterThan,
]);

/** The operator within a compound assignment. */
const COMPOUND = new Map([
  [Token.Plus_Equals, Token.Plus],
  [Token.Minus_Equals, Token.Minus],
  [Token.Asterisk_Equals, Token.Asterisk],
  [Token.Slash_Equals, Token.Slash],
  [Token.Percent_Equals, Token.Percent],
  [Token.Asterisk_Asterisk_Equals, Token.Asterisk_Asterisk],
  [Token.Ampersand_Equals, Token.Ampersand],
  [Token.Bar_Equals, Token.Bar],
  [Token.Caret_Equals, Token.Caret],
  [Token.LessThan_LessThan_Equals, Token.LessThan_LessThan],
  [Token.GreaterThan_GreaterThan_Equals, Token.GreaterThan_GreaterThan],
  [Token.GreaterThan_GreaterThan_GreaterThan_Equals, Token.GreaterThan_GreaterThan_GreaterThan],
]);

export const isAssignment = (operator) => operator === Token.Equals || COMPOUND.has(operator);
export const withinCompound = (operator) => COMPOUND.get(operator);

const BITS_REMEDY = "lane values have no bit operators: combine masks with &&, || and !";

/** Why an operator does not stand between lane values. */
export const OPERATOR_REMEDIES = new Map([
  [Token.Percent, "SIMD has no remainder: write 'x - y * floor(x / y)' (for x >= 0; else trunc)"],
  [Token.Asterisk_Asterisk, "SIMD has no power: multiply it out, 'x * x'"],
  ...[...BITWISE].map((operator) => [operator, BITS_REMEDY]),
]);
