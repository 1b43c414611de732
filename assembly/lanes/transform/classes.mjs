/** Rewrites classes: their fields and methods. An object holds the state of a group of lanes. */
import { CommonFlags, NodeKind } from "assemblyscript";
import { rewriteFunction } from "./functions.mjs";
import { vectorType } from "./nodes.mjs";
import { hasDecorator, hasFlag } from "./program.mjs";
import { insideLanes } from "./types.mjs";

const PLACED = "lanes objects lie in memory that the caller gives them";

/** Rewrites one class in place. */
export function rewriteClass(program, node, source, report) {
  if (node.typeParameters?.length) {
    report(node.name.range, "a generic class is not lanes code: write the types out");
    return;
  }
  const thisType = { kind: "class", lane: false, declaration: node, source };
  for (const member of node.members) {
    if (member.kind === NodeKind.FieldDeclaration) rewriteField(program, member, source, report);
    else if (member.signature) rewriteMethod(program, member, source, thisType, report);
    else report(member.range, "this member is not lanes code: a lanes class has fields, methods, getters and setters");
  }
}

function rewriteField(program, field, source, report) {
  if (hasFlag(field, CommonFlags.Static)) return;
  if (field.initializer) {
    report(field.initializer.range, `${PLACED}, where no initialiser runs: set it in a method, such as reset()`);
  }
  if (insideLanes(program.variableType(field, source)).lane) field.type = vectorType(field.type.range);
}

function rewriteMethod(program, method, source, thisType, report) {
  if (hasFlag(method, CommonFlags.Constructor)) {
    report(method.name.range, `${PLACED}, where no constructor runs: write a method, such as reset()`);
  }
  if (hasDecorator(method, "operator")) report(method.name.range, "lanes classes have no operators: write a method");
  rewriteFunction(program, method, source, hasFlag(method, CommonFlags.Static) ? undefined : thisType, report);
}

/** A class that is not widened cannot read fields that are. */
export function refuseSubclasses(program, report) {
  for (const found of program.subclasses) {
    if (program.lanes.has(found.node) || !program.lanes.has(program.base(found)?.node)) continue;
    report(found.node.name.range, `${found.node.name.text} extends a class under @lanes: mark it @lanes too`);
  }
}
