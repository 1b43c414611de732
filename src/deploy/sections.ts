/** A WebAssembly module that carries the policy in two sections of its own, which the kernels know nothing of. */
import { spaceToJson } from "../policy/encode.js";
import type { DecodedPolicy } from "../policy/format.js";
import { concat, varint } from "./bytes.js";
import type { CarriedPolicy } from "./runtime.js";

/** A section that tools and hosts skip: number 0, its length, its name, its content. */
const CUSTOM_SECTION = 0;

/** A module, and how many bytes at its end don't pack: all of the numbers but their exponents. */
export interface CarryingModule {
  readonly binary: Uint8Array<ArrayBuffer>;
  readonly plain: number;
}

/** The kernels' module with the policy inside. The critic stays out: acting needs none. */
export function moduleWithPolicy(kernels: Uint8Array, policy: DecodedPolicy): CarryingModule {
  const { header, blueprint, numbers } = policy;
  const { algorithm, environment, training } = header;
  const [observationSpace, actionSpace] = [spaceToJson(header.observationSpace), spaceToJson(header.actionSpace)];
  const carried: CarriedPolicy = {
    header: { algorithm, environment, observationSpace, actionSpace, training },
    ...blueprint,
    critic: [],
  };
  const ofCritic = blueprint.critic.reduce((sum, [inputs, outputs]) => sum + (inputs + 1) * outputs, 0);
  const kept = numbers.slice(0, numbers.length - ofCritic);
  const json = new TextEncoder().encode(JSON.stringify(carried));
  const binary = concat([kernels, section("lanewise.policy", json), section("lanewise.weights", planesOf(kept))]);
  return { binary, plain: 3 * kept.length };
}

/** The exponents of all numbers, then their other bits, the highest eight first, the sign last: only exponents pack. */
function planesOf(numbers: Float32Array): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(numbers.buffer).map((word) => (word << 1) | (word >>> 31));
  return concat([24, 16, 8, 0].map((shift) => Uint8Array.from(words, (word) => word >>> shift)));
}

function section(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const title = new TextEncoder().encode(name);
  const body = concat([varint(title.length), title, content]);
  return concat([Uint8Array.of(CUSTOM_SECTION), varint(body.length), body]);
}
