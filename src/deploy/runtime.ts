/** What an exported module starts from, minified: a policy made of a WebAssembly module that carries its weights. */
import { type Actor, createActor } from "../policy/actor.js";
import type { Blueprint } from "../policy/blueprint.js";

/** A policy in an exported module. Methods are those of lanewise's own `Policy`, with the same bits. */
export interface ExportedPolicy extends Omit<Actor, "values"> {
  readonly header: CarriedPolicy["header"];
}

/** What stands in the module's section "lanewise.policy", as JSON. */
export interface CarriedPolicy extends Blueprint {
  readonly header: Readonly<Record<string, unknown>>;
}

/**
 * The blueprint's numbers stand in the section "lanewise.weights": first all exponents, then the bytes that follow them, and so on; the sign is
 * the last bit.
 */
export async function createPolicy(module: WebAssembly.Module): Promise<ExportedPolicy> {
  const [json, weights] = ["policy", "weights"].map((name) => WebAssembly.Module.customSections(module, `lanewise.${name}`)[0]);
  if (!json || !weights) throw new TypeError("this WebAssembly module carries no policy");
  const { header, ...blueprint }: CarriedPolicy = JSON.parse(new TextDecoder().decode(json));
  const planes = new Uint8Array(weights);
  const count = planes.length / 4;
  const numbers = new Float32Array(count);
  const words = new Uint32Array(numbers.buffer);
  // Cold, this takes a third of the time that a function for each byte would.
  for (let i = 0; i < count; i++) {
    const lower = ((planes[i + count] as number) << 16) | ((planes[i + 2 * count] as number) << 8) | (planes[i + 3 * count] as number);
    words[i] = ((planes[i] as number) << 23) | (lower >>> 1) | (lower << 31);
  }
  return { header, ...createActor(blueprint, numbers, module) };
}
