/** The kernels of policy files: what acting needs, and the sum by which a file is told to be whole. */
export { bound, choose, dense, normalise } from "./acting";
export { sha256 } from "./sha256";
