/** Rewrites functions: their signatures, and their names in scope. */
import { CommonFlags, NodeKind, ParameterKind } from "assemblyscript";
import { expression } from "./expressions.mjs";
import { RESERVED, vectorType } from "./nodes.mjs";
import { hasFlag } from "./program.mjs";
import { isPure } from "./purity.mjs";
import { Refusal, refuse, Silence } from "./refusal.mjs";
import { statement } from "./statements.mjs";
import { insideLanes } from "./types.mjs";
import { coerce } from "./values.mjs";

/** The function that is being rewritten: what its names mean, what it returns, where errors go. */
export class LanesFunction {
  scopes = [new Map()];

  /**
   * @param {import("./program.mjs").Program} program
   * @param {object} source the file that it stands in
   * @param {import("./types.mjs").Type | undefined} thisType the class of a method
   * @param {import("./types.mjs").Type} returns
   * @param {(range: object, message: string) => void} report
   */
  constructor(program, source, thisType, returns, report) {
    Object.assign(this, { program, source, thisType, returns, report });
  }

  local(name) {
    return this.scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  /** Whether a name of the module stands for a constant. */
  isConstant(name) {
    const found = this.program.lookup(name, this.source);
    return found?.node?.kind === NodeKind.VariableDeclaration && hasFlag(found.node, CommonFlags.Const);
  }

  declare({ text, range }, type) {
    if (RESERVED.includes(text)) throw new Refusal(range, `${text} is a name that rewritten lanes code uses: choose another`);
    this.scopes.at(-1).set(text, type);
  }

  /** A type as written inside lanes code. */
  declaredType(node) {
    if (node.name?.identifier.text === "v128") refuse(node, "lanes code is scalar code: write f32 for a number per lane, bool for a mask");
    return insideLanes(this.program.typeOf(node, this.source));
  }

  scoped(rewrite) {
    this.scopes.push(new Map());
    rewrite();
    this.scopes.pop();
  }

  /** Reports what is refused and goes on. */
  attempt(rewrite) {
    try {
      rewrite();
    } catch (error) {
      if (error instanceof Silence) return;
      if (!(error instanceof Refusal)) throw error;
      this.report(error.range, error.message);
    }
  }
}

/** Rewrites one function or method in place. */
export function rewriteFunction(program, declaration, source, thisType, report) {
  const { parameters, returns } = program.signature(declaration, source);
  const fn = new LanesFunction(program, source, thisType, returns, report);
  fn.attempt(() => refuseShape(program, declaration, source));
  for (const { type, node } of parameters) fn.attempt(() => parameter(fn, node, type));
  if (returns.lane) declaration.signature.returnType = vectorType(declaration.signature.returnType.range);
  if (declaration.body) statement(fn, declaration.body);
}

function refuseShape(program, declaration, source) {
  if (declaration.typeParameters?.length) {
    refuse(declaration.name, "a generic function under @lanes would be widened twice: leave @lanes out, and branch on isVector<T>()");
  }
  const isGetter = hasFlag(declaration, CommonFlags.Get);
  if (isGetter && !isPure(program, declaration, source)) refuse(declaration.name, "a getter that has an effect: make it a method");
}

function parameter(fn, node, type) {
  if (node.parameterKind === ParameterKind.Rest) refuse(node, "lanes code has no rest parameters: name each of them");
  fn.declare(node.name, type);
  if (node.initializer) node.initializer = coerce(expression(fn, node.initializer, type.kind), type, "a default value");
  if (type.lane) node.type = vectorType(node.type.range);
}
