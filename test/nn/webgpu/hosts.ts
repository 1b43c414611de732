/** Hosts with WebGPU for tests: Node with Dawn, and a page in Chromium, both on SwiftShader, the software GPU that comes with Chromium. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { findChromium, openPage } from "../../browser/chromium.js";
import { bundled, SITE_FILES } from "../../browser/site.js";
import type { Answer } from "./node.js";
import type * as program from "./program.js";

type Program = typeof program;

/** The program, on one host. */
export interface Host {
  call<F extends keyof Program>(name: F, ...args: Parameters<Program[F]>): Promise<Awaited<ReturnType<Program[F]>>>;
  close(): Promise<void>;
}

const root = new URL("../../../", import.meta.url);
const DRIVER = "vk_swiftshader_icd.json";
const GPU_FLAGS = ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--use-webgpu-adapter=swiftshader", "--use-angle=swiftshader"];

/** What takes longer doesn't outlive its test. */
const LIMIT = { timeout: 240_000, killSignal: "SIGKILL" } as const;

/** Where Chromium keeps its software GPU. */
function swiftShader(): string {
  const folders = [dirname(realpathSync(findChromium())), "/usr/lib/chromium", "/opt/google/chrome"];
  const found = folders.find((folder) => existsSync(join(folder, DRIVER)));
  if (!found) throw new Error(`this test needs the software GPU that comes with Chromium; ${DRIVER} is in none of ${folders.join(", ")}`);
  return found;
}

/** Where Dawn finds a GPU in Node; libraries are looked up when a process starts, so it must be one of its own. */
export function softwareGpu(): Readonly<Record<string, string>> {
  const folder = swiftShader();
  return { VK_DRIVER_FILES: join(folder, DRIVER), VK_ICD_FILENAMES: join(folder, DRIVER), LD_LIBRARY_PATH: folder };
}

/** @param gpu what tells Dawn where to look for one */
export async function nodeHost(gpu = softwareGpu()): Promise<Host> {
  // beside the modules, which it looks for two folders up
  const outfile = fileURLToPath(new URL(`build/test/webgpu.${process.pid}.mjs`, root));
  const entryPoints = [fileURLToPath(new URL("test/nn/webgpu/node.ts", root))];
  await build({ entryPoints, bundle: true, outfile, format: "esm", platform: "node", packages: "external" });
  const child = fork(outfile, { env: { ...process.env, ...gpu }, execArgv: [], ...LIMIT });
  return {
    async call(name, ...args) {
      child.send({ name, args });
      const [answer] = (await Promise.race([once(child, "message"), once(child, "exit").then(died)])) as [Answer];
      if ("failure" in answer) throw new Error(answer.failure);
      return answer.value as never;
    },
    async close() {
      child.kill("SIGKILL");
      rmSync(outfile, { force: true });
    },
  };
}

function died([code, signal]: unknown[]): never {
  throw new Error(`the process ended with ${code ?? signal}`);
}

export async function pageHost(): Promise<Host> {
  const site = {
    "/": "<!doctype html><title>webgpu</title>",
    "/program.js": await bundled("test/nn/webgpu/program.ts"),
    ...SITE_FILES,
  };
  const { page, close } = await openPage(site, { flags: GPU_FLAGS });
  return {
    call: (name, ...args) =>
      page.evaluate(`import("/program.js").then((program) => program[${JSON.stringify(name)}](...${JSON.stringify(args)}))`),
    close,
  };
}
