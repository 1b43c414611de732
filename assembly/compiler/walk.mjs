/** All nodes of a piece of a parsed file, in the order of the source. asc has no visitor. */

/** @param {unknown} value a node, a list of nodes, or anything else, which has none */
export function* walk(value) {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item);
  } else if (typeof value?.kind === "number" && value.range) {
    yield value;
    for (const [key, child] of Object.entries(value)) if (key !== "range") yield* walk(child);
  }
}
