/** `lanewise/policy`: load a trained policy and act, without TensorFlow.js. */
export type { ActOptions, Actor } from "./actor.js";
export { PolicyFormatError } from "./errors.js";
export type { PolicyHeader } from "./header.js";
export { loadPolicy, type Policy } from "./policy.js";
