/** Threads in a web page: where the page is isolated they take part, elsewhere there is one; the policy is the same, and Node's. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { train } from "../../../src/index.js";
import { openPage, type Site } from "../../browser/chromium.js";
import { bundled, ISOLATION, SITE_FILES } from "../../browser/site.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const OPTIONS = { algo: "ppo", env: "CartPole-v1", seed: 3, numEnvs: 16, steps: 64, batchSize: 256, epochs: 4, totalSteps: 2048 } as const;
let site: Site;
beforeAll(async () => {
  site = {
    "/": "<!doctype html><title>threads</title>",
    "/learner.js": await bundled("test/nn/threads/page-worker.ts"),
    "/web/update-worker.js": await bundled("src/nn/threads/update-worker.ts"),
    ...SITE_FILES,
  };
});

/** Trains in a worker of a page that is served with these headers. */
async function trainInPage(threads: number, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const { page, close } = await openPage(site, { headers });
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
