/** The packed package in pages: bundled by Vite and by esbuild, served by Vite, and as it is, with an import map. */
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { createServer, build as viteBuild } from "vite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type TrainOptions, train } from "../../src/index.js";
import { type Opened, openPage } from "./chromium.js";
import { type Project, projectWithPackage } from "./packed.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const OPTIONS = { algo: "ppo", env: "CartPole-v1", seed: 3, totalSteps: 1024 } as const satisfies TrainOptions;

/** Trains in the page and in a worker of it, and on an environment that is a table; leaves a promise of the policies' checksums. */
const appOf = (more: object = {}, trainer: object = {}) => `
import { createTrainer, train } from "lanewise";
const options = ${JSON.stringify({ ...OPTIONS, ...more })};
async function learn() {
  const run = train(options);
  for await (const metrics of run);
  const trainer = await createTrainer(${JSON.stringify(trainer)});
  await trainer.start(options);
  while (await trainer.next());
  const inWorker = await trainer.policy();
  trainer.terminate();
  for await (const metrics of train({ algo: "q-learning", env: "FrozenLake-v1", totalSteps: 64 }));
  return { inPage: (await run.policy()).sha256, inWorker: inWorker.sha256, isIsolated: crossOriginIsolated };
}
globalThis.learned = learn().catch((error) => String(error.stack ?? error));
`;

const HTML =
  '<!doctype html><html lang="en"><title>app</title><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>';

let project: Project;
let sha256: string;
beforeAll(async () => {
  project = projectWithPackage();
  project.write("index.html", HTML);
  project.write("main.js", appOf());
  const run = train(OPTIONS);
  for await (const _ of run);
  ({ sha256 } = await run.policy());
});
afterAll(() => project?.remove());

/** What the page learned, after which it is closed. */
async function learnedIn({ page, complaints, close }: Opened): Promise<unknown> {
  try {
    await page.waitForFunction("globalThis.learned !== undefined");
    return { learned: await page.evaluate("globalThis.learned"), complaints };
  } finally {
    await close();
  }
}

describe("the packed package learns, in the page and in a worker, without headers and with Node's bits", () => {
  const wanted = () => ({ learned: { inPage: sha256, inWorker: sha256, isIsolated: false }, complaints: [] });

  it("built by Vite", async () => {
    await viteBuild({ root: project.path, base: "./", logLevel: "error", configFile: false });
    expect(await learnedIn(await openPage(new URL("dist/", project.url), { under: "/some/folder" }))).toEqual(wanted());
  });

  it("served by Vite", async () => {
    const server = await createServer({ root: project.path, logLevel: "error", configFile: false, server: { port: 0, host: "127.0.0.1" } });
    try {
      await server.listen();
      const [url] = server.resolvedUrls?.local ?? [];
      const opened = await openPage({ "/": "" });
      await opened.page.goto(String(url));
      expect(await learnedIn(opened)).toEqual(wanted());
    } finally {
      await server.close();
    }
  });

  it("bundled by esbuild, which leaves workers and modules behind: told where they are", async () => {
    project.write("esbuild/main.js", appOf({ wasmUrl: "./wasm" }, { worker: "./trainer-worker.js" }));
    await esbuild({
      absWorkingDir: join(project.path, "esbuild"),
      entryPoints: { main: "main.js", "trainer-worker": "lanewise/worker" },
      bundle: true,
      format: "esm",
      outdir: "out",
      logLevel: "error",
    });
    cpSync(join(project.path, "node_modules/lanewise/build"), join(project.path, "esbuild/out/wasm"), { recursive: true });
    project.write("esbuild/out/index.html", HTML);
    expect(await learnedIn(await openPage(new URL("esbuild/out/", project.url), { under: "/some/folder" }))).toEqual(wanted());
  });

  it("as it is, with an import map", async () => {
    const imports = { lanewise: "./node_modules/lanewise/dist/web/lanewise.js" };
    project.write("plain.html", HTML.replace("<script", `<script type="importmap">${JSON.stringify({ imports })}</script><script`));
    expect(await learnedIn(await openPage(project.url, { path: "/plain.html", under: "/some/folder" }))).toEqual(wanted());
  });

  it("plays a policy by an element, as it is", async () => {
    cpSync(new URL("../../demo/public/policies/CartPole-v1.safetensors", import.meta.url), join(project.path, "cartpole.safetensors"));
    const script = '<script type="module" src="./node_modules/lanewise/dist/web/player.js"></script>';
    project.write("player.html", `${HTML.replace(/<script.*/, script)}<lanewise-player policy="cartpole.safetensors"></lanewise-player>`);
    const { page, complaints, close } = await openPage(project.url, { path: "/player.html" });
    try {
      await page.locator("lanewise-player span", { hasText: /^CartPole-v1: ppo, return \d+$/ }).waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });

  it("holds every module that it looks for", () => {
    for (const file of ["nn", "policy", "cartpole", "tabular", "tfjs-backend-wasm-simd"]) {
      expect(existsSync(new URL(`node_modules/lanewise/build/${file}.wasm`, project.url)), file).toBe(true);
    }
  });
});
