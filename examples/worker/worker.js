/** For workerd and its like, which import WebAssembly ready-made. */
import { workerOf } from "./handler.js";
import { createPolicy } from "./policy/policy.js";
import module from "./policy/policy.wasm";

export default workerOf(await createPolicy(module));
