/**
 * Refuses a module that is more than functions on a memory it is given: environments share one that is laid out by
 * others, so that whatever claims addresses of its own would overwrite theirs.
 */
import { LiteralKind, NodeKind } from "assemblyscript";
import { UNCOMPILED } from "./description.mjs";
import { walk } from "./walk.mjs";

const REASON = "environments share a memory that is laid out by others";

/** Signs in a module's text, what they mean, and the kinds of nodes that such things come from. */
const FOREIGN = [
  {
    sign: /^ \(data /m,
    message: `a text or a list needs a data segment at a fixed address, and ${REASON}: write numbers, fields and functions instead`,
    isCause: (node) => isStatic(node) || (node.kind === NodeKind.Identifier && UNCOMPILED.includes(node.text)),
  },
  {
    sign: /\bmemory\.grow\b/,
    message: `this allocates memory, and ${REASON}: keep the state in the physics' f32 fields`,
    isCause: (node) => node.kind === NodeKind.New || isStatic(node) || isMember(node, /^memory$/),
  },
  {
    sign: /^ \(import "(?!env" "memory")/m,
    message: "this needs a function of the host (console, Math.random, Date or @external), and environments run where there is none",
    isCause: (node) => isMember(node, /^(console|Math|Date|process)$/) || node.decorators?.some(({ name }) => name.text === "external"),
  },
];

/**
 * @param {string} text the module, as WAT
 * @param {object} source the environment's parsed file
 * @param {(node: object | undefined, message: string) => never} refuse with the place that it may come from
 */
export function refuseForeign(text, source, refuse) {
  for (const { sign, message, isCause } of FOREIGN) {
    if (sign.test(text)) refuse([...walk(source.statements.filter(isCompiled))].find(isCause), message);
  }
}

/** A text, a list or an object that stands in the source. */
function isStatic({ kind, literalKind }) {
  return kind === NodeKind.Literal && literalKind !== LiteralKind.Integer && literalKind !== LiteralKind.Float;
}

function isMember({ kind, expression }, owner) {
  return kind === NodeKind.PropertyAccess && owner.test(expression.text ?? "");
}

/** The description may hold texts and lists: it is not compiled. */
function isCompiled({ kind, declarations }) {
  const isDescription = kind === NodeKind.Variable && declarations.every(({ name }) => UNCOMPILED.includes(name.text));
  return !isDescription && kind !== NodeKind.Import && kind !== NodeKind.Export;
}
