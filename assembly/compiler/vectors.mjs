/**
 * Holds the components that the physics reads and writes against the sizes of its spaces. A vector knows no size: what is
 * written beyond it lands in the state of some lane, and what isn't written is left from another one.
 */
import { NodeKind } from "assemblyscript";
import { Unreadable } from "./constants.mjs";
import { walk } from "./walk.mjs";

/**
 * @param {object} physics the class
 * @param {import("./constants.mjs").Constants} constants
 * @param {import("./description.mjs").Description} description
 * @param {(node: object, message: string) => void} report
 */
export function checkVectors(physics, constants, { observationSpace, actionSpace }, report) {
  const method = (name) => physics.members.find((member) => member.kind === NodeKind.MethodDeclaration && member.name.text === name);
  const [actions, bounds] = actionSpace.kind === "box" ? [actionSpace.low.length, "ACTION_LOW"] : [1, "a discrete action"];
  const { used: read } = componentsOf(method("step"), "get", constants);
  refuseBeyond(read, actions, bounds, report);
  const observed = observationSpace.low.length;
  const { used: written, isAll } = componentsOf(method("observe"), "set", constants);
  refuseBeyond(written, observed, "OBSERVATION_LOW", report);
  const missing = Array.from({ length: observed }, (_, i) => i).find((i) => !written.some(({ index }) => index === i));
  if (isAll && missing !== undefined)
    report(method("observe").name, `OBSERVATION_LOW has bounds for ${observed} numbers, but number ${missing} is never set here`);
}

function refuseBeyond(used, size, bounds, report) {
  for (const { index, node } of used) {
    if (index >= size)
      report(node, `there is no number ${index}: ${bounds} has ${size === 1 ? "one number" : `${size} numbers`}, counted from 0`);
  }
}

/** The components of its parameter that a method uses by known numbers; `isAll` if it does nothing else with the parameter. */
function componentsOf({ signature, body }, accessor, constants) {
  const name = signature.parameters[0].name.text;
  const isVector = (node) => node?.kind === NodeKind.Identifier && node.text === name;
  const isUse = ({ kind, expression }) =>
    kind === NodeKind.Call && expression.kind === NodeKind.PropertyAccess && isVector(expression.expression);
  const nodes = [...walk(body)];
  const uses = nodes.filter((node) => isUse(node) && node.expression.property.text === accessor);
  const used = uses.flatMap(({ args: [node] }) => {
    const index = indexOf(node, constants);
    return index === undefined ? [] : [{ index, node }];
  });
  return { used, isAll: used.length === nodes.filter(isVector).length };
}

function indexOf(node, constants) {
  try {
    return constants.evaluate(node, new Set());
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}
