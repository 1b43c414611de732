/** The kernels that a deployed policy needs: forward pass and sampling. */
export { forward } from "./nn/network";
export { sampleCategorical } from "./nn/heads/categorical";
export { sampleGaussian, sampleSquashedGaussian } from "./nn/heads/gaussian";
export { scratchBytes } from "./nn/heads/scratch";
export { normaliseRows, rescaleRows } from "./nn/normalise";
