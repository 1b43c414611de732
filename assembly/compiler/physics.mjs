/**
 * Finds the physics in an environment's file: the one exported class under `@lanes`. Refuses what asc would take and
 * envs/driver.ts would not: its mistakes would be reported there, where the file's author has never been.
 */
import { CommonFlags, NodeKind } from "assemblyscript";
import { hasDecorator, hasFlag } from "../lanes/transform/program.mjs";

/** What envs/driver.ts calls. */
const METHODS = {
  reset: "reset(random: Random): void",
  step: "step(action: Vector): f32",
  terminated: "terminated(): bool",
  observe: "observe(observation: Vector): void",
};

/**
 * @param {object} source the parsed file
 * @param {(node: object, message: string) => void} report
 * @returns {object | undefined} the class; undefined if a message has been reported instead
 */
export function findPhysics(source, report) {
  const classes = source.statements.filter((node) => node.kind === NodeKind.ClassDeclaration && hasFlag(node, CommonFlags.Export));
  const [physics, second] = classes.filter((node) => hasDecorator(node, "lanes"));
  if (second) report(second.name, `${physics.name.text} is the physics already: export one class under @lanes`);
  if (!physics) {
    const wanted = Object.values(METHODS).join("; ");
    report(classes[0]?.name, `there is no physics: export one class under @lanes and @unmanaged, with ${wanted}`);
    return undefined;
  }
  checkClass(physics, report);
  for (const [name, wanted] of Object.entries(METHODS)) checkMethod(physics, name, wanted, report);
  for (const member of physics.members) checkMember(member, report);
  return physics;
}

function checkClass(physics, report) {
  if (!hasDecorator(physics, "unmanaged"))
    report(physics.name, `write @unmanaged above ${physics.name.text}: it is laid out in memory by hand`);
  if (physics.extendsType) report(physics.extendsType, "the physics extends no other class: every field of the state stands in it");
  if (physics.typeParameters?.length) report(physics.name, "the physics takes no type parameters");
}

function checkMethod(physics, name, wanted, report) {
  const method = physics.members.find((member) => member.kind === NodeKind.MethodDeclaration && member.name.text === name);
  if (!method) report(physics.name, `${physics.name.text} lacks ${wanted}`);
  else if (signatureOf(method) !== wanted.replace(/\w+: /g, "")) report(method.name, `write this as ${wanted}`);
}

/** `step(Vector): f32` */
function signatureOf({ name, signature, flags }) {
  if (flags & (CommonFlags.Static | CommonFlags.Get | CommonFlags.Set)) return "";
  const types = signature.parameters.map(({ type }) => typeName(type));
  return `${name.text}(${types.join(", ")}): ${typeName(signature.returnType)}`;
}

function typeName(type) {
  return type?.kind === NodeKind.NamedType && !type.name.next ? type.name.identifier.text : "";
}

/** The state of a lane is nothing but f32 numbers, which the driver copies one by one. */
function checkMember(member, report) {
  if (hasFlag(member, CommonFlags.Constructor)) report(member.name, "a constructor is never called: write the first state in reset");
  if (member.kind !== NodeKind.FieldDeclaration || hasFlag(member, CommonFlags.Static)) return;
  const name = member.name.text;
  if (typeName(member.type) !== "f32") report(member.name, `${name} is part of a lane's state, which is f32 numbers: write ${name}: f32`);
  if (member.initializer) report(member.initializer, `${name} gets its first value in reset: leave this out`);
}
