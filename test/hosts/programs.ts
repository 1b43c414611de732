/** Programs that serve: started, waited for, stopped. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface Service {
  /** http://host:port */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Starts a program, and waits until it says where it listens.
 * @param port finds the port in what it says
 */
export async function startService(
  program: string,
  args: readonly string[],
  options: SpawnOptions & { port: (line: string) => string | undefined },
): Promise<Service> {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  async function close() {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, "exit");
  }
  try {
    return { origin: `http://127.0.0.1:${await portOf(child, options.port)}`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** From any of its streams. */
function portOf(child: ChildProcess, port: (line: string) => string | undefined): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    for (const stream of child.stdio.slice(1)) {
      createInterface(stream as Readable).on("line", (line) => {
        said.push(line);
        const found = port(line);
        if (found !== undefined) resolve(found);
      });
    }
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${child.spawnfile} ended with ${code}: ${said.join("\n")}`)));
  });
}
