/** The replay buffer of off-policy algorithms: which transitions to draw, and how a minibatch is made of them. */
export { fillIntegers as drawUniform } from "../lanes/sampling";
export { gather, minibatchBytes, ringBytes } from "./minibatch";
export { drawProportional, updatePriorities } from "./priorities";
export { sumTreeBytes, updateSums } from "./sum-tree";
