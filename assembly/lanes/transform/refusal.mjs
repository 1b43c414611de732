/** Errors of the transform: each says what stands there and what to write instead. */

import { NodeKind } from "assemblyscript";

/** Thrown where lanes code cannot be rewritten; caught once per statement, so that one run reports them all. */
export class Refusal extends Error {
  /**
   * @param {object} range where in the user's file
   * @param {string} message what it is, and what to write instead
   */
  constructor(range, message) {
    super(message);
    this.range = range;
  }
}

/** Thrown at the use of a name whose declaration was refused already: one mistake, one message. */
export class Silence extends Error {}

/** @returns {never} */
export function refuse(node, message) {
  throw new Refusal(node.range, message);
}

const F64_REMEDY = "put it on the right of an f32 (x * 0.5), write f32(0.5), or annotate the declaration with ': f32'";

/** Why a value of this kind is no lane number. */
const NOT_A_NUMBER = {
  bool: "a mask stands where a number is needed: write 'condition ? 1 : 0'",
  f64: `an f64 stands where an f32 is needed, because nothing before it says f32: ${F64_REMEDY}`,
  int: "an integer stands where a lane number is needed: write f32(i); a literal goes on the right (x * 2) or in f32(2)",
  class: "an object stands where a number is needed: name one of its fields",
  void: "nothing is returned here, where a number is needed",
  parameter: "a value of a type parameter stands where a number is needed",
  unknown: "the type of this is not known here: wrap it in f32(...), or annotate its declaration with ': f32'",
};

/** Why a value of this kind is no mask. */
const NOT_A_MASK = {
  f32: "a number stands where a mask is needed: compare it, 'x != 0'",
  f64: "an f64 stands where a mask is needed: compare f32 numbers",
  int: "an integer stands where a mask is needed: compare it, 'i != 0', or write true or false",
  class: "an object stands where a mask is needed: compare its fields",
  void: "nothing is returned here, where a mask is needed",
  parameter: "a value of a type parameter stands where a mask is needed",
  unknown: "the type of this is not known here: compare it, or annotate its declaration with ': bool'",
};

/** @returns {never} */
export function refuseAsNumber({ node, type }) {
  const isConstant = node.kind === NodeKind.Identifier && (type.kind === "f64" || type.kind === "unknown");
  refuse(
    node,
    isConstant ? `${node.text} is not known to be an f32: annotate its declaration, '${node.text}: f32'` : NOT_A_NUMBER[type.kind],
  );
}

/** @returns {never} */
export const refuseAsMask = (value) => refuse(value.node, NOT_A_MASK[value.type.kind]);
