/** workerd as a host: a worker of given modules, served on this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Host } from "./hosts.js";

/** Names of module kinds in workerd's configuration. */
const KINDS: Readonly<Record<string, string>> = { ".js": "esModule", ".wasm": "wasm", ".json": "json", ".safetensors": "data" };

/** The worker of the folder; it only acts. */
export async function serveWorker(program: string, folder: string): Promise<Host> {
  const policies = await readdir(join(folder, "policies"), { recursive: true });
  const files = policies.filter((name) => extname(name)).map((name) => `policies/${name}`);
  const { origin, close } = await startWorker(program, folder, ["worker.js", "build/policy.wasm", ...files]);
  return { run: async () => (await fetch(origin)).text(), close };
}

/**
 * Serves a worker.
 * @param modules its files in the folder, the main one first
 */
export async function startWorker(
  program: string,
  folder: string,
  modules: readonly string[],
): Promise<{ origin: string; close(): Promise<void> }> {
  const config = join(folder, "config.capnp");
  await writeFile(config, configOf(modules));
  const worker = spawn(program, ["serve", config, "--control-fd=3"], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const origin = `http://127.0.0.1:${await portOf(worker)}`;
  async function close() {
    worker.kill();
    if (worker.exitCode === null && worker.signalCode === null) await once(worker, "exit");
  }
  return { origin, close };
}

function configOf(modules: readonly string[]): string {
  const entries = modules.map((name) => `(name = "${name}", ${KINDS[extname(name)]} = embed "${name}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (compatibilityDate = "2026-01-01", modules = [
  ${entries.join(",\n  ")}
]);
`;
}

/** workerd says on the control pipe where it listens. */
async function portOf(worker: ChildProcess): Promise<number> {
  const exit = once(worker, "exit").then(([code]) => {
    throw new Error(`workerd ended with ${code} before it listened`);
  });
  const lines = createInterface(worker.stdio[3] as Readable);
  const line = once(lines, "line").then(([text]) => JSON.parse(text).port as number);
  return Promise.race([line, exit]);
}
