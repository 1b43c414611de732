/** Algorithms of one's own among those of the registry. */
import { ensure, lookUp } from "../core/errors.js";
import type { Algorithm } from "./algorithm.js";
import { algorithms } from "./registry.js";

/**
 * Makes an algorithm known by its id, to `train`, `resume` and policy files alike; one that is known already may come again. Throws a
 * UsageError if another has its id.
 */
export function registerAlgorithm<A extends Algorithm>(algorithm: A): A {
  const known = algorithms as unknown as Record<string, Algorithm>;
  const { id } = algorithm;
  ensure(!Object.hasOwn(known, id) || known[id] === algorithm, () => `there is an algorithm ${id} already; give yours another id`);
  known[id] = algorithm;
  return algorithm;
}

/** The algorithm that an id stands for, or the one that is given, which is then known by its id. */
export function algorithmOf(algo: string | Algorithm): Algorithm {
  return typeof algo === "string" ? lookUp<Algorithm>("algorithm", algorithms, algo) : registerAlgorithm(algo);
}
