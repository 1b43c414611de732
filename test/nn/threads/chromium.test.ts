/** Threads in a web page: where the page is isolated they take part, elsewhere there is one; the policy is the same, and Node's. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { train } from "../../../src/index.js";
import { openPage, type Site } from "../../build/chromium.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const OPTIONS = { algo: "ppo", env: "CartPole-v1", seed: 3, numEnvs: 16, steps: 64, batchSize: 256, epochs: 4, totalSteps: 2048 } as const;
/** What lets a page share memory with its workers. */
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

const root = new URL("../../../", import.meta.url);
const MODULES = ["nn.wasm", "nn.shared.wasm", "replay.wasm", "returns.wasm", "rollout.wasm", "policy.wasm", "cartpole.wasm"];

/** What is imported only in Node. */
const NODE_ONLY = ["node:*", "os", "path", "fs", "worker_threads", "perf_hooks"];

async function bundled(path: string): Promise<string> {
  const entryPoints = [fileURLToPath(new URL(path, root))];
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: "esm", platform: "browser", external: NODE_ONLY });
  return String(outputFiles[0]?.text);
}

let site: Site;
beforeAll(async () => {
  site = {
    "/": "<!doctype html><title>threads</title>",
    "/learner.js": await bundled("test/nn/threads/page-worker.ts"),
    "/worker.js": await bundled("src/nn/threads/worker.ts"),
    ...Object.fromEntries(MODULES.map((file) => [`/build/${file}`, new URL(`build/${file}`, root)])),
    "/tfjs-backend-wasm-simd.wasm": new URL("node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm", root),
  };
});

/** Trains in a worker of a page that is served with these headers. */
async function trainInPage(threads: number, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const { page, close } = await openPage(site, headers);
  try {
    return await page.evaluate(`new Promise((resolve) => {
      const worker = new Worker("/learner.js", { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve({ error: message });
      worker.postMessage(${JSON.stringify({ ...OPTIONS, threads })});
    })`);
  } finally {
    await close();
  }
}

describe("in a worker of a Chromium page", () => {
  let sha256: string;
  beforeAll(async () => {
    const run = train(OPTIONS);
    for await (const _ of run);
    ({ sha256 } = await run.policy());
  });

  it("two threads give the bits that one gives in Node", async () => {
    expect(await trainInPage(2, ISOLATION)).toEqual({ threads: 2, sha256 });
  });

  it("there is one thread where the page isn't isolated, with the same bits", async () => {
    expect(await trainInPage(2, {})).toEqual({ threads: 1, sha256 });
  });
});
