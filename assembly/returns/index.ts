/** Advantage estimation and returns. */
export { discountedReturns } from "./discounted";
export { gae } from "./gae";
