/** Environments, and the algorithms that can serve each of them, with their options. */
import { algorithms, environments } from "../dist/index.js";
import { resolveConfig, runFields } from "../dist/run/config.js";

/** Matches {@link Catalogue} of src/catalogue.d.ts. */
export function catalogue() {
  return {
    environments: Object.values(environments).map(({ id, rewardThreshold }) => ({ id, rewardThreshold, algorithms: servants(id) })),
    algorithms: Object.fromEntries(Object.values(algorithms).map((algorithm) => [algorithm.id, described(algorithm)])),
  };
}

/** Those with a preset first. */
function servants(env) {
  const able = Object.values(algorithms).filter(({ id }) => serves(id, env));
  return able.sort((a, b) => Number(env in b.presets) - Number(env in a.presets)).map(({ id }) => id);
}

function serves(algo, env) {
  try {
    return Boolean(resolveConfig({ algo, env }));
  } catch {
    return false;
  }
}

function described({ title, paper, fields, presets }) {
  const { seed, totalSteps } = runFields;
  const options = Object.entries({ totalSteps, seed, ...fields }).map(([name, field]) => ({
    name,
    doc: field.doc,
    range: field.range,
    value: field.default,
  }));
  return { title, paper, options, presets };
}
