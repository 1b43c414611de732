/** The kernels that a deployed policy needs: forward pass and sampling. */
export { forward } from "./nn/network";
export { sampleCategorical, sampleGaussian, scratchBytes } from "./nn/heads";
export { normaliseRows, rescaleRows } from "./nn/normalise";
