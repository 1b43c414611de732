/** ES modules without imports: the loader of a module that carries its policy, and the module and its loader in one. */
import { readSource } from "../core/source.js";
import { locate } from "../wasm/modules.js";
import { base85, deflate } from "./bytes.js";
import type { Plan } from "./plan.js";

/** Exports `createPolicy(module)`. */
export async function loaderScript(plan: Plan): Promise<string> {
  return `${bannerOf(plan, "const policy = await createPolicy(module); policy.act(observation)")}\n${await runtime()}`;
}

/**
 * Exports `policy`.
 * @param module the kernels with the policy inside
 */
export async function selfContainedScript(plan: Plan, module: Uint8Array<ArrayBuffer>): Promise<string> {
  return `${bannerOf(plan, "policy.act(observation)")}\n${await runtime()}${unpacking(await deflate(module))}`;
}

/** What `npm run build` makes of runtime.ts. */
async function runtime(): Promise<string> {
  return new TextDecoder().decode(await readSource(locate(new URL("../../build/runtime.js", import.meta.url)), "runtime of exports"));
}

function bannerOf({ header }: Plan, use: string): string {
  const text = JSON.stringify(`${header.algorithm} on ${header.environment}`).slice(1, -1);
  return `// ${text.replaceAll(/[\u2028\u2029]/g, " ")}, exported by lanewise. ${use}`;
}

/** A stream that ends early is an error, and one with bytes to spare too, so the fill of the last group is cut off. */
function unpacking(packed: Uint8Array): string {
  return `const t="${base85(packed)}",b=new Uint8Array(t.length/5*4);
for(let i=0;i<t.length;i+=5){let n=0;for(let k=i;k<i+5;k++){const c=t.charCodeAt(k);n=n*85+c-(c>92?36:35)}new DataView(b.buffer).setUint32(i/5*4,n)}
const s=new Blob([b.subarray(0,${packed.length})]).stream().pipeThrough(new DecompressionStream("deflate"));
export const policy=await createPolicy(await WebAssembly.compile(await new Response(s).arrayBuffer()));
`;
}
