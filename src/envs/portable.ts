/** Environments on their way to another thread: by their id, by their WebAssembly module, or by the JavaScript module that defines them. */
import { ensure } from "../core/errors.js";
import { environmentOf, isBuiltIn } from "./registry.js";
import type { CompiledSpec, EnvironmentSpec } from "./spec.js";

/** What a message can hold. */
export type PortableSpec =
  | { readonly kind: "built-in"; readonly id: string }
  | { readonly kind: "compiled"; readonly spec: Omit<CompiledSpec, "module"> & { readonly module: string | WebAssembly.Module } }
  | { readonly kind: "defined"; readonly id: string; readonly source: string };

/** Throws a UsageError for an environment made of functions, which can't leave their thread, unless it says where its source is. */
export function pack(spec: EnvironmentSpec): PortableSpec {
  const { id } = spec;
  if (isBuiltIn(spec)) return { kind: "built-in", id };
  if ("module" in spec) {
    const { module } = spec;
    return { kind: "compiled", spec: { ...spec, module: module instanceof URL ? module.href : module } };
  }
  const { source } = spec;
  ensure(
    source !== undefined,
    () =>
      `${id} is made of functions, which can't go to another thread: define it with source: import.meta.url in a module that exports it`,
  );
  return { kind: "defined", id, source: String(source) };
}

/** The inverse of {@link pack}, in the other thread. Imports the module of an environment that has one. */
export async function unpack(portable: PortableSpec): Promise<EnvironmentSpec> {
  if (portable.kind === "built-in") return environmentOf(portable.id);
  if (portable.kind === "compiled") {
    const { module } = portable.spec;
    return { ...portable.spec, module: typeof module === "string" ? new URL(module) : module };
  }
  const { id, source } = portable;
  const exported: unknown[] = Object.values(await import(/* @vite-ignore */ source));
  const found = exported.find((value) => isSpec(value) && value.id === id);
  ensure(found !== undefined, () => `${source} exports no environment ${id}; it must export what defineEnvironment returned`);
  return found as EnvironmentSpec;
}

function isSpec(value: unknown): value is EnvironmentSpec {
  return typeof value === "object" && value !== null && "id" in value && "kernels" in value;
}
