/** Advantage estimation and returns. */
export { discountedReturns } from "./discounted";
export { episodeReturns, episodeWeights } from "./episodes";
export { gae } from "./gae";
export { importanceWeights, perDecisionAdvantages, weightAdvantages } from "./importance";
