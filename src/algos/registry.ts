/** Every algorithm by its id. A new one takes its file and one line here. */
import { ppo } from "./ppo.js";

export const algorithms = { ppo };

export type AlgorithmId = keyof typeof algorithms;
