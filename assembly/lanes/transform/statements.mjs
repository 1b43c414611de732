/** Rewrites statements in place. Control flow is shared by all lanes, so it takes uniform conditions only. */
import { CommonFlags, NodeKind, Token } from "assemblyscript";
import { classMember, expression, memberType } from "./expressions.mjs";
import { assign, vectorType } from "./nodes.mjs";
import { arithmetic } from "./operators.mjs";
import { hasFlag } from "./program.mjs";
import { refuse } from "./refusal.mjs";
import { ARITHMETIC, isAssignment, OPERATOR_REMEDIES, withinCompound } from "./tokens.mjs";
import { BOOL, F32, F64, NUMBER, POISON, UNKNOWN } from "./types.mjs";
import { asCondition, asUniform, coerce, silenceIfPoisoned } from "./values.mjs";

const REWRITERS = new Map([
  [NodeKind.Block, block],
  [NodeKind.Variable, variables],
  [NodeKind.Expression, expressionStatement],
  [NodeKind.Return, returnStatement],
  [NodeKind.If, ifStatement],
  [NodeKind.While, whileStatement],
  [NodeKind.Do, whileStatement],
  [NodeKind.For, forStatement],
  [NodeKind.Switch, switchStatement],
  [NodeKind.Break, () => {}],
  [NodeKind.Continue, () => {}],
  [NodeKind.Empty, () => {}],
]);

const REMEDIES = new Map([
  [NodeKind.Throw, "lanes code does not throw: let the values say it, as NaN or as a mask"],
  [NodeKind.Try, "lanes code does not throw, so there is nothing to try: leave it out"],
  [NodeKind.ForOf, "for … of is not lanes code: count, 'for (let i = 0; i < n; i++)'"],
  [NodeKind.FunctionDeclaration, "lanes code has no inner functions: declare an @lanes function at the top of the file"],
]);

const CHOICE_REMEDY = "choose with '?:'";
const LOOP_REMEDY = "loop over a count, and choose in the body with '?:'";

export function statement(fn, s) {
  fn.attempt(() => {
    const rewrite = REWRITERS.get(s.kind);
    if (!rewrite) refuse(s, REMEDIES.get(s.kind) ?? "this statement is not lanes code");
    rewrite(fn, s);
  });
}

function statements(fn, list) {
  for (const inner of list) statement(fn, inner);
}

function block(fn, s) {
  fn.scoped(() => statements(fn, s.statements));
}

function variables(fn, s) {
  for (const declaration of s.declarations) {
    fn.declare(declaration.name, POISON);
    fn.attempt(() => variable(fn, declaration));
  }
}

function variable(fn, declaration) {
  const { name, type: annotation, initializer } = declaration;
  const declared = annotation && fn.declaredType(annotation);
  if (declared) fn.declare(name, declared);
  if (!initializer) refuse(name, `${name.text} has no value: write 'let ${name.text}: f32 = 0'`);
  if (initializer.kind === NodeKind.Function) refuse(initializer, REMEDIES.get(NodeKind.FunctionDeclaration));
  if (!declared) fn.declare(name, POISON);
  const given = expression(fn, initializer, declared?.kind ?? "auto");
  silenceIfPoisoned(given);
  const type = declared ?? inferred(given);
  declaration.initializer = coerce(given, type, "a variable of a uniform type");
  if (annotation && type.lane) declaration.type = vectorType(annotation.range);
  fn.declare(name, type);
}

/** Without an annotation a number is per lane, as with one; an integer or a uniform condition stays uniform. */
function inferred({ node, type }) {
  if (type === F64) refuse(node, "this has the type f64, which is not lanes code: annotate the declaration with ': f32'");
  return type === F32 ? NUMBER : type;
}

function expressionStatement(fn, s) {
  s.expression = effect(fn, s.expression);
}

/** An expression in the place of a statement: here assignments may stand. @returns {object} */
function effect(fn, e) {
  if (e.kind === NodeKind.Binary && isAssignment(e.operator)) return assignment(fn, e);
  return expression(fn, e, "auto").node;
}

function assignment(fn, e) {
  if (e.operator === Token.Equals) {
    const target = assignmentTarget(fn, e.left);
    return assign(target.node, coerce(expression(fn, e.right, target.type.kind), target.type, target.place), e.range);
  }
  const target = assignmentTarget(fn, e.left);
  if (target.type.lane) return compound(fn, e, target);
  e.left = target.node;
  e.right = asUniform(expression(fn, e.right, target.type.kind), target.place);
  return e;
}

/** `target += x` evaluates its target twice, to read and to write it. */
function compound(fn, e, target) {
  const operator = withinCompound(e.operator);
  const operation = ARITHMETIC.get(operator);
  if (!operation) refuse(e, OPERATOR_REMEDIES.get(operator));
  if (target.effect) refuse(e.left, `${target.effect} would happen twice: name the object first, 'const object = …'`);
  const right = expression(fn, e.right, target.type.kind);
  return assign(target.node, arithmetic(operation, e.range, target, right), e.range);
}

/** @returns {import("./values.mjs").Value & { place: string }} */
function assignmentTarget(fn, e) {
  if (e.kind === NodeKind.PropertyAccess) return propertyTarget(fn, e);
  if (e.kind !== NodeKind.Identifier && e.kind !== NodeKind.ElementAccess) {
    refuse(e, "only variables, fields and elements can be assigned to");
  }
  const target = expression(fn, e, "auto");
  return { ...target, place: e.kind === NodeKind.Identifier ? `the variable ${e.text}${ownRemedy(target.type)}` : "an element" };
}

/** A local that was inferred uniform from its first value. */
const ownRemedy = (type) => (type === BOOL ? " (to give each lane its own, annotate it with ': bool')" : "");

function propertyTarget(fn, e) {
  const place = `the field ${e.property.text}`;
  const object = isTypeName(fn, e.expression) ? { node: e.expression, type: UNKNOWN } : expression(fn, e.expression, "auto");
  e.expression = asUniform(object, "front of a dot");
  const member = classMember(fn, object.type, e.property.text, (m) => m.kind === NodeKind.FieldDeclaration || hasFlag(m, CommonFlags.Set));
  return { node: e, type: member ? targetType(fn, member) : UNKNOWN, effect: object.effect, place };
}

/** The class or namespace in `Class.field = …`, which is uniform. */
const isTypeName = (fn, e) =>
  e.kind === NodeKind.Identifier && !fn.local(e.text) && fn.program.lookup(e.text, fn.source)?.node?.kind !== NodeKind.VariableDeclaration;

function targetType(fn, member) {
  if (member.node.kind === NodeKind.FieldDeclaration) return memberType(fn, member);
  return fn.program.signature(member.node, member.source).parameters[0].type;
}

function returnStatement(fn, s) {
  if (!s.value) return;
  s.value = coerce(expression(fn, s.value, fn.returns.kind), fn.returns, "a return of a uniform type");
}

function ifStatement(fn, s) {
  fn.attempt(() => {
    s.condition = condition(fn, s.condition, "if", CHOICE_REMEDY);
  });
  fn.scoped(() => statement(fn, s.ifTrue));
  if (s.ifFalse) fn.scoped(() => statement(fn, s.ifFalse));
}

function whileStatement(fn, s) {
  const keyword = s.kind === NodeKind.Do ? "do … while" : "while";
  fn.attempt(() => {
    s.condition = condition(fn, s.condition, keyword, LOOP_REMEDY);
  });
  fn.scoped(() => statement(fn, s.body));
}

function forStatement(fn, s) {
  fn.scoped(() => {
    if (s.initializer) statement(fn, s.initializer);
    fn.attempt(() => {
      s.condition &&= condition(fn, s.condition, "for", LOOP_REMEDY);
    });
    fn.attempt(() => {
      s.incrementor &&= effect(fn, s.incrementor);
    });
    statement(fn, s.body);
  });
}

function switchStatement(fn, s) {
  fn.attempt(() => {
    s.condition = decider(fn, s.condition, "auto", "switch", CHOICE_REMEDY).node;
  });
  fn.scoped(() => {
    for (const branch of s.cases) switchCase(fn, branch);
  });
}

function switchCase(fn, branch) {
  fn.attempt(() => {
    branch.label &&= decider(fn, branch.label, "auto", "case", CHOICE_REMEDY).node;
  });
  statements(fn, branch.statements);
}

function condition(fn, e, keyword, remedy) {
  return asCondition(decider(fn, e, "bool", keyword, remedy), keyword);
}

/** @returns {import("./values.mjs").Value} the uniform value that control flow depends on */
function decider(fn, e, context, keyword, remedy) {
  const given = expression(fn, e, context);
  silenceIfPoisoned(given);
  if (given.type.lane) refuse(e, `'${keyword}' on a lane value, which differs between lanes: ${remedy}`);
  return given;
}
