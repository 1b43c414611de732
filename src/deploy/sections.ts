/** A WebAssembly module that carries the policy in two sections of its own, which the kernels know nothing of. */
import { spaceToJson } from "../policy/encode.js";
import type { DecodedPolicy } from "../policy/format.js";
import { concat, varint } from "./bytes.js";
import type { CarriedPolicy } from "./runtime.js";

/** A section that tools and hosts skip: number 0, its length, its name, its content. */
const CUSTOM_SECTION = 0;

/** The kernels' module with the policy inside. The critic stays out: acting needs none. */
export function moduleWithPolicy(kernels: Uint8Array, policy: DecodedPolicy): Uint8Array<ArrayBuffer> {
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
  return concat([kernels, section("lanewise.policy", json), section("lanewise.weights", planesOf(new Uint8Array(kept.buffer)))]);
}

/** The lowest bytes of all numbers, then the next ones, and so on: exponents side by side pack better. */
function planesOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = bytes.length / 4;
  return Uint8Array.from(bytes, (_, i) => bytes[(i % count) * 4 + Math.floor(i / count)] as number);
}

function section(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const title = new TextEncoder().encode(name);
  const body = concat([varint(title.length), title, content]);
  return concat([Uint8Array.of(CUSTOM_SECTION), varint(body.length), body]);
}
