/** `lanewise/policy`: load a trained policy and act, without TensorFlow.js. */
export { PolicyFormatError, type PolicyHeader } from "./format.js";
export { type ActOptions, loadPolicy, type Policy } from "./policy.js";
