/** What the command line calls an environment: an id, or the module that `lanewise build` made of one. */
import { readFileSync } from "node:fs";
import { ensure } from "../core/errors.js";

export interface ChosenEnvironment {
  readonly id: string;
  /** The module, if it was one: its environment is registered now. */
  readonly binary?: Uint8Array;
}

export async function chooseEnvironment(name: string): Promise<ChosenEnvironment> {
  ensure(!name.endsWith(".ts"), () => `${name} is the source of an environment; build it first: lanewise build ${name}`);
  if (!name.endsWith(".wasm")) return { id: name };
  const [{ loadEnv }, { registerEnv }] = await Promise.all([import("../envs/load.js"), import("../envs/registry.js")]);
  const { id } = registerEnv(await loadEnv(name));
  return { id, binary: readFileSync(name) };
}
