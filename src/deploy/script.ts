/** ES modules without imports: the loader of a module that carries its policy, and the module and its loader in one. */
import { readSource } from "../core/source.js";
import { locate } from "../wasm/modules.js";
import { base64, deflate } from "./bytes.js";
import type { Plan } from "./plan.js";
import type { CarryingModule } from "./sections.js";

/** Exports `createPolicy(module)`. */
export async function loaderScript(plan: Plan): Promise<string> {
  return `${bannerOf(plan, "const policy = await createPolicy(module); policy.act(observation)")}\n${new TextDecoder().decode(await built("runtime.js"))}`;
}

/**
 * Exports `policy`.
 * @param module the kernels with the policy inside
 */
export async function selfContainedScript(plan: Plan, { binary, plain }: CarryingModule): Promise<string> {
  const contents: Readonly<Record<string, string>> = {
    inflate: base64(await built("inflate.wasm")),
    packed: base64(await deflate(binary.slice(0, -plain))),
    plain: base64(binary.subarray(-plain)),
    size: String(binary.length),
  };
  const code = new TextDecoder().decode(await built("self-contained.js"));
  const filled = code.replaceAll(/@(inflate|packed|plain|size)@/g, (_, name) => contents[name] as string);
  return `${bannerOf(plan, "policy.act(observation)")}\n${filled}`;
}

/** What `npm run build` makes of runtime.ts, self-contained.ts and assembly/inflate.ts. */
function built(name: string): Promise<Uint8Array> {
  return readSource(locate(new URL(`../../build/${name}`, import.meta.url)), "runtime of exports");
}

function bannerOf({ header }: Plan, use: string): string {
  const text = JSON.stringify(`${header.algorithm} on ${header.environment}`).slice(1, -1);
  return `// ${text.replaceAll(/[\u2028\u2029]/g, " ")}, exported by lanewise. ${use}`;
}
