/** ES modules without imports: the loader of a module that carries its policy, and the module and its loader in one. */
import { readSource } from "../core/source.js";
import { locate } from "../wasm/modules.js";
import { base64, deflate } from "./bytes.js";
import type { Plan } from "./plan.js";

/** Exports `createPolicy(module)`. */
export async function loaderScript(plan: Plan): Promise<string> {
  return `${bannerOf(plan, "const policy = await createPolicy(module); policy.act(observation)")}\n${await built("runtime.js")}`;
}

/**
 * Exports `policy`.
 * @param module the kernels with the policy inside
 */
export async function selfContainedScript(plan: Plan, module: Uint8Array<ArrayBuffer>): Promise<string> {
  const packed = base64(await deflate(module));
  const code = await built("self-contained.js");
  return `${bannerOf(plan, "policy.act(observation)")}\n${code.replace("@packed@", () => packed)}`;
}

/** What `npm run build` makes of runtime.ts and self-contained.ts. */
async function built(name: string): Promise<string> {
  return new TextDecoder().decode(await readSource(locate(new URL(`../../build/${name}`, import.meta.url)), "runtime of exports"));
}

function bannerOf({ header }: Plan, use: string): string {
  const text = JSON.stringify(`${header.algorithm} on ${header.environment}`).slice(1, -1);
  return `// ${text.replaceAll(/[\u2028\u2029]/g, " ")}, exported by lanewise. ${use}`;
}
