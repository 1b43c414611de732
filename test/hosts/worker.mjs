/** The work in workerd, which imports WebAssembly but compiles none: any request is answered with what came out. */
import { loadPolicy } from "../../dist/policy/index.js";
import { act } from "./smoke.mjs";

/** A module of the worker, by a name that no bundler follows. */
const load = (name) => import(name);

async function formsOf(name) {
  const [{ createPolicy }, { default: carrier }, { default: file }, { default: module }] = await Promise.all([
    load(`./policies/${name}/wasm/policy.js`),
    load(`./policies/${name}/wasm/policy.wasm`),
    load(`./policies/${name}/policy.safetensors`),
    load("./build/policy.wasm"),
  ]);
  return { policy: await loadPolicy(file, { wasmModule: module }), wasm: await createPolicy(carrier) };
}

export default {
  async fetch() {
    const { default: list } = await load("./policies/policies.json");
    return Response.json(await act({ list, formsOf }));
  },
};
