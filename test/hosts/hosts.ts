/** The hosts: where each is found, how it is started, and why it may be absent. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findChromium } from "../browser/chromium.js";
import { chromiumPage, firefoxPage } from "./browsers.js";
import { serveWorker } from "./workerd.js";

export type Task = "train" | "share" | "act";

/** A host at work. */
export interface Host {
  /** Does the work of smoke.mjs; what came out, as JSON. */
  run(task: Task): Promise<string>;
  close(): Promise<void>;
}

export interface HostKind {
  readonly name: string;
  /** The program; undefined where it is not installed. */
  readonly program: string | undefined;
  /** How to install it. */
  readonly remedy: string;
  /** Why it can't train, if so. */
  readonly trainsNot?: string;
  /** Whether workers help here; those of pages need bundles, which have tests of their own. */
  readonly shares: boolean;
  /** @param folder what {@link file://./site.ts} wrote */
  open(program: string, folder: string): Promise<Host>;
}

const INSTALLED = fileURLToPath(new URL("node_modules/.bin/", import.meta.url));
const COMMAND = fileURLToPath(new URL("command.mjs", import.meta.url));
const execute = promisify(execFile);

function installed(name: string): { program: string | undefined; remedy: string } {
  const program = join(INSTALLED, name);
  return { program: existsSync(program) ? program : undefined, remedy: "npm run hosts:install" };
}

function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** A host that runs a file of ours from the command line. */
function commandLine(...flags: readonly string[]): HostKind["open"] {
  return async (program, folder) => ({
    async run(task) {
      const { stdout } = await execute(program, [...flags, COMMAND, task, folder], { maxBuffer: 2 ** 26 });
      return stdout;
    },
    close: async () => undefined,
  });
}

export const FIREFOX = {
  program: process.env["FIREFOX"] ?? onPath("firefox-esr") ?? onPath("firefox"),
  remedy: "apt-get install firefox-esr, or name one in the environment variable FIREFOX",
};

export const HOSTS: readonly HostKind[] = [
  { name: "Node", program: process.execPath, remedy: "it runs this test", shares: true, open: commandLine() },
  { name: "Node 22", ...installed("node"), shares: true, open: commandLine() },
  { name: "Deno", ...installed("deno"), shares: true, open: commandLine("run", "--allow-all", "--no-lock", "--node-modules-dir=manual") },
  { name: "Bun", ...installed("bun"), shares: true, open: commandLine() },
  { name: "Chromium", program: findChromium(), remedy: "apt-get install chromium", shares: false, open: chromiumPage },
  { name: "Firefox", ...FIREFOX, shares: false, open: firefoxPage },
  {
    name: "workerd",
    ...installed("workerd"),
    trainsNot: "compiles no WebAssembly at run time, as TensorFlow.js must",
    shares: false,
    open: serveWorker,
  },
];

/** As the host tells it. */
export async function versionOf(program: string): Promise<string> {
  const { stdout } = await execute(program, ["--version"]);
  return /\d+(?:[.-]\d+)*/.exec(stdout)?.[0] ?? stdout.trim();
}
