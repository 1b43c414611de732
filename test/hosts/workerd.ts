/** workerd as a host: it serves the folder's worker on this machine. */
import { readdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Host } from "./hosts.js";
import { type Service, startService } from "./programs.js";

/** Names of module kinds in workerd's configuration. */
const KINDS: Readonly<Record<string, string>> = { ".js": "esModule", ".wasm": "wasm", ".json": "json", ".safetensors": "data" };

/** The worker of the folder; it only acts. */
export async function serveWorker(program: string, folder: string): Promise<Host> {
  const policies = await readdir(join(folder, "policies"), { recursive: true });
  const files = policies.filter((name) => extname(name)).map((name) => `policies/${name}`);
  const config = join(folder, "config.capnp");
  await writeFile(config, configOf(["worker.js", "build/policy.wasm", ...files]));
  const { origin, close } = await startWorkerd(program, config);
  return { run: async () => (await fetch(origin)).text(), close };
}

/** Serves what the configuration says at its socket "http", at whichever port is free. */
export function startWorkerd(program: string, config: string): Promise<Service> {
  const args = ["serve", config, "--socket-addr=http=127.0.0.1:0", "--control-fd=3"];
  return startService(program, args, { port: (line) => /"event":\s*"listen".*"port":\s*(\d+)/.exec(line)?.[1] });
}

/** @param modules files beside the configuration, the worker first */
function configOf(modules: readonly string[]): string {
  const entries = modules.map((name) => `(name = "${name}", ${KINDS[extname(name)]} = embed "${name}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "*:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (compatibilityDate = "2026-01-01", modules = [
  ${entries.join(",\n  ")}
]);
`;
}
