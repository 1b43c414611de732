/** `lanewise/node`: what needs files, and is therefore not among what pages import. */
export { csvLog } from "./run/logs/csv.js";
export { jsonlLog } from "./run/logs/jsonl.js";
export { type HyperParameters, tensorboardLog } from "./run/logs/tensorboard.js";
