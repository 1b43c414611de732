/** The library of lanes code: what the physics of an environment imports from "lanewise/lanes". */
export { cos, cosTurns, exp, expm1, log, log1p, sigmoid, sin, sinTurns, softplus, tanh } from "./math";
export { anyLane, atLeast, atMost } from "./primitives";
export { Random } from "./random";
export { Vector } from "./vector";
