/** What `lanewise train` was told, as options of a run. */
import { algorithms } from "../algos/registry.js";
import { ensure, lookUp } from "../core/errors.js";
import type { TrainOptions } from "../run/train.js";
import { policyIn } from "./folder.js";
import { parseCount, parseSeed, parseSettings, parseSteps } from "./input.js";
import type { TrainFlags } from "./train-flags.js";

/** The texts come from outside: `train` itself refuses what doesn't fit its types. */
export function trainOptions(algo: string, env: string, flags: TrainFlags): TrainOptions {
  const totalSteps = parseSteps(flags.steps);
  const seed = parseSeed(flags.seed);
  const settings = parseSettings(flags.set ?? []);
  const workers = parseWorkers(algo, flags.workers);
  const initialPolicy = flags.from === undefined ? undefined : policyIn(flags.from);
  const given = Object.entries({ algo, env, totalSteps, seed, workers, backend: flags.backend, initialPolicy });
  return { ...settings, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) } as unknown as TrainOptions;
}

function parseWorkers(algo: string, text: string | undefined): number | undefined {
  const workers = parseCount("--workers", text);
  if (workers === undefined) return undefined;
  const { fields } = lookUp<{ readonly fields: object }>("algorithm", algorithms, algo);
  const takers = Object.values(algorithms).flatMap(({ id, fields: theirs }) => ("workers" in theirs ? [id] : []));
  ensure(
    "workers" in fields,
    () => `--workers is for algorithms that act for many steps between updates: ${takers.join(", ")}; ${algo} acts for too few to share`,
  );
  return workers;
}
