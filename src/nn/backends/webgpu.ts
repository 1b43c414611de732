/** WebGPU where a host has it: browsers bring it along, Node needs the package `webgpu` (Dawn). */
import * as tf from "@tensorflow/tfjs";
import { UsageError } from "../../core/errors.js";
import { isNode } from "../../core/host.js";

interface Gpu {
  requestAdapter(): Promise<object | null>;
}

interface Host {
  navigator?: { readonly gpu?: Gpu };
}

const host = globalThis as Host;

/** Registers TensorFlow.js's WebGPU backend. Throws a UsageError that says what is missing where it can't run. */
export async function registerWebGpu(): Promise<void> {
  const gpu = host.navigator?.gpu ?? (await dawn());
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw missing("WebGPU finds no adapter: a GPU with a driver is needed, or a software one such as SwiftShader");
  await import("@tensorflow/tfjs-backend-webgpu");
  tf.env().set("WEBGPU_CPU_FORWARD", false); // else operations on what is small and new run in JavaScript, and their results go over again
}

/** Gives Node what browsers have: `navigator.gpu` and the classes that belong to it. */
async function dawn(): Promise<Gpu> {
  if (!isNode()) throw missing("this browser has no WebGPU, or the page is not a secure context");
  const { create, globals } = await optional("webgpu").catch(() => {
    throw missing("Node needs the package webgpu for it: npm install webgpu");
  });
  Object.assign(globalThis, globals);
  const gpu = create([]) as Gpu;
  if (!host.navigator) Object.defineProperty(host, "navigator", { value: {}, configurable: true });
  Object.defineProperty(host.navigator, "gpu", { value: gpu, configurable: true });
  return gpu;
}

/** A package that needn't be installed; named by a variable, so that bundlers of pages don't look for it. */
function optional(name: string): Promise<typeof import("webgpu")> {
  return import(/* @vite-ignore */ name) as Promise<typeof import("webgpu")>;
}

function missing(what: string): UsageError {
  return new UsageError(`backend webgpu does not start here: ${what}. The backend wasm runs everywhere`);
}
