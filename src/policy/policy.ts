/** A trained policy that acts: a file, a small WebAssembly module, and nothing else. */
import { readSource, type Source } from "../core/source.js";
import { loadModule, setWasmUrl } from "../wasm/modules.js";
import { type Actor, createActor } from "./actor.js";
import { checksum } from "./checksum.js";
import { PolicyFormatError } from "./errors.js";
import { checkSum, type DecodedPolicy, readPolicy, summedUp } from "./format.js";
import type { PolicyHeader } from "./header.js";

/** A policy that was loaded or trained. */
export interface Policy extends Actor {
  readonly header: PolicyHeader;
  /** The checksum of the file. */
  readonly sha256: string;
  /** The file again. */
  readonly bytes: () => Promise<Uint8Array>;
}

/** Where the kernels are to be had. */
export interface LoadOptions {
  /** build/policy.wasm, compiled, where the host can't load it by itself (Cloudflare-style workers). */
  readonly wasmModule?: WebAssembly.Module;
  /** The URL of a folder with the package's .wasm files, for code that was bundled without them; from then on for all that is loaded. */
  readonly wasmUrl?: string | URL;
}

/**
 * A policy from a path, a URL, or the bytes of its file. A bad file is a PolicyFormatError that gives the reason; one that isn't there a
 * UsageError.
 */
export async function loadPolicy(source: Source, options: LoadOptions = {}): Promise<Policy> {
  setWasmUrl(options.wasmUrl);
  const file = await readSource(source, "policy file");
  try {
    const decoded = readPolicy(file);
    const module = options.wasmModule ?? (await loadKernels());
    checkSum(decoded, checksum(module, summedUp(file, decoded)));
    return policyOf(file, decoded, module);
  } catch (error) {
    const isNamed = typeof source === "string" || source instanceof URL;
    throw error instanceof PolicyFormatError && isNamed ? new PolicyFormatError(`${source}: ${error.message}`) : error;
  }
}

/** @param decoded what the file holds */
export function policyOf(file: Uint8Array, { header, sha256, blueprint, numbers }: DecodedPolicy, module: WebAssembly.Module): Policy {
  return { ...createActor(blueprint, numbers, module), header, sha256, bytes: async () => new Uint8Array(file) };
}

/** Compiled once. The plain twin, which gives the same bits, stands in where there is no SIMD. */
export function loadKernels(): Promise<WebAssembly.Module> {
  return loadModule(new URL("../../build/policy.wasm", import.meta.url)).catch(() =>
    loadModule(new URL("../../build/policy.scalar.wasm", import.meta.url)),
  );
}
