/** For Deno and Bun, which serve a default export that fetches. */
import { readFile } from "node:fs/promises";
import { workerOf } from "./handler.js";
import { createPolicy } from "./policy/policy.js";

const module = await WebAssembly.compile(await readFile(new URL("./policy/policy.wasm", import.meta.url)));

export default workerOf(await createPolicy(module));
