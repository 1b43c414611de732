/** `--backend auto`: tries backends before anything begins, and says on stderr which one is the fastest here. */
import { chooseBackend, describeChoice } from "../run/backend-choice.js";
import type { TrainOptions } from "../run/train.js";

/** The options, with a backend that is chosen. */
export async function withBackend(options: TrainOptions): Promise<TrainOptions> {
  if (options.backend !== "auto") return options;
  const choice = await chooseBackend(options);
  process.stderr.write(`${describeChoice(choice)}\n`);
  return { ...options, backend: choice.backend };
}
