/** The forms that a policy is exported to: how each is written, and how what was written is checked. */

import { readSource } from "../core/source.js";
import type { DecodedPolicy } from "../policy/format.js";
import { loadPolicy, type Policy } from "../policy/policy.js";
import { locate } from "../wasm/modules.js";
import { cHeader } from "./c.js";
import { runHeader } from "./c-check.js";
import type { Trials } from "./observations.js";
import { onnxModel } from "./onnx.js";
import { readOnnx } from "./onnx-reader.js";
import { runOnnx } from "./onnx-run.js";
import { type Acted, compareBits, type Parity } from "./parity.js";
import type { Plan } from "./plan.js";
import type { createPolicy, ExportedPolicy } from "./runtime.js";
import { loaderScript, selfContainedScript } from "./script.js";
import { type CarryingModule, moduleWithPolicy } from "./sections.js";
import { tfjsModel } from "./tfjs.js";
import { runLayersModel } from "./tfjs-check.js";

/** What the formats work from. `policy` is a copy of the caller's, so that checks leave that one's memory alone. */
export interface Subject {
  readonly policy: Policy;
  readonly decoded: DecodedPolicy;
  readonly plan: Plan;
}

/** Files by name. */
export type Files = ReadonlyMap<string, Uint8Array>;

export interface Format {
  /** What the name of the file ends in; undefined for a folder of several. */
  readonly extension: string | undefined;
  write(subject: Subject): Promise<Files>;
  /** What the written bytes do: numbers to compare, a comparison already made, or why none can be. */
  check(files: Files, subject: Subject, trials: Trials): Promise<Acted | Parity | string>;
}

const encode = (text: string) => new TextEncoder().encode(text);
const textOf = (files: Files, name: string) => new TextDecoder().decode(files.get(name));
const bytesOf = (files: Files, name: string) => new Uint8Array(files.get(name) ?? []);

const policyFile: Format = {
  extension: "safetensors",
  write: async ({ policy }) => new Map([["policy.safetensors", await policy.bytes()]]),
  async check(files, { policy, plan }, trials) {
    return compareBits("policy", plan, policy, await loadPolicy(bytesOf(files, "policy.safetensors")), trials);
  },
};

const onnx: Format = {
  extension: "onnx",
  write: async ({ plan }) => new Map([["policy.onnx", onnxModel(plan)]]),
  async check(files, { plan }, { rows, data }) {
    const shape = plan.isIndex && plan.frames === 1 ? [rows] : [rows, plan.frames * plan.size];
    const outputs = runOnnx(readOnnx(bytesOf(files, "policy.onnx")), { shape, data: Array.from(data) });
    return { outputs: outputs.get(plan.vector ? "mean" : "logits")?.data ?? [], actions: outputs.get("action")?.data ?? [] };
  },
};

const c: Format = {
  extension: "h",
  write: async ({ plan }) => new Map([["policy.h", encode(cHeader(plan))]]),
  check: (files, { plan }, trials) => runHeader(textOf(files, "policy.h"), plan, trials),
};

const tfjs: Format = {
  extension: undefined,
  async write({ plan }) {
    const { json, weights } = tfjsModel(plan);
    return new Map([
      ["weights.bin", weights],
      ["model.json", encode(json)],
    ]);
  },
  check: async (files, { plan }, trials) => runLayersModel(textOf(files, "model.json"), bytesOf(files, "weights.bin"), plan, trials),
};

const js: Format = {
  extension: "js",
  write: async (subject) => new Map([["policy.js", encode(await selfContainedScript(subject.plan, await moduleOf(subject)))]]),
  async check(files, { policy, plan }, trials) {
    const { policy: exported } = await importText<{ readonly policy: ExportedPolicy }>(textOf(files, "policy.js"));
    return compareBits("js", plan, policy, exported, trials);
  },
};

const wasm: Format = {
  extension: undefined,
  async write(subject) {
    return new Map([
      ["policy.wasm", (await moduleOf(subject)).binary],
      ["policy.js", encode(await loaderScript(subject.plan))],
    ]);
  },
  async check(files, { policy, plan }, trials) {
    const loader = await importText<{ readonly createPolicy: typeof createPolicy }>(textOf(files, "policy.js"));
    const exported = await loader.createPolicy(await WebAssembly.compile(bytesOf(files, "policy.wasm")));
    return compareBits("wasm", plan, policy, exported, trials);
  },
};

export const FORMATS = { policy: policyFile, c, onnx, tfjs, js, wasm } as const;

async function moduleOf({ decoded }: Subject): Promise<CarryingModule> {
  return moduleWithPolicy(await readSource(locate(new URL("../../build/acting.wasm", import.meta.url)), "module of kernels"), decoded);
}

/** Imports a module from its text, as any host that runs modules can. */
function importText<T>(text: string): Promise<T> {
  const address = `data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`;
  return import(/* @vite-ignore */ address);
}
