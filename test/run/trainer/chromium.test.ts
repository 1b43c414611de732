/** Training in a worker of a web page: the page stays free, and hears of everything that goes wrong. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type TrainOptions, train } from "../../../src/index.js";
import { openPage, type Site } from "../../browser/chromium.js";
import { bundled, ISOLATION, SITE_FILES } from "../../browser/site.js";
import { LONGEST_TASK, longestTask } from "../../browser/tasks.js";
import type * as pageModule from "./page.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const OPTIONS = { algo: "ppo", env: "CartPole-v1", seed: 5, totalSteps: 12_288 } as const;

type InPage = Awaited<ReturnType<typeof openPage>>;
let site: Site;
let page: InPage["page"];
let close: InPage["close"] = async () => {};
beforeAll(async () => {
  site = {
    "/": "<!doctype html><title>trainer</title>",
    "/page.js": await bundled("test/run/trainer/page.ts"),
    "/web/trainer-worker.js": await bundled("src/run/trainer-worker.ts"),
    "/web/rollout-worker.js": await bundled("src/rollout/parallel/rollout-worker.ts"),
    "/broken.js": "throw new RangeError('broken')",
    "/broken-later.js": "setTimeout(() => { throw new RangeError('late') }, 20)",
    "/rejected.js": "await Promise.reject(new RangeError('rejected'))",
    ...SITE_FILES,
  };
  ({ page, close } = await openPage(site));
});
afterAll(() => close());

type Page = typeof pageModule;
/** Calls a function of page.ts there. As text, since the test runner rewrites imports in functions. */
function inPage<Name extends keyof Page>(
  name: Name,
  argument: Parameters<Page[Name]>[0],
  where = page,
): Promise<Awaited<ReturnType<Page[Name]>>> {
  return where.evaluate(`import("/page.js").then((page) => page.${name}(${JSON.stringify(argument)}))`);
}

describe("in a Chromium page", () => {
  it("workers share a rollout with Node's bits, by shared memory where the page is isolated, else by handing it over", async () => {
    const shared = { ...OPTIONS, totalSteps: 4096, workers: 2 } as const;
    const run = train({ ...shared, workers: 1 });
    for await (const _ of run);
    const { sha256 } = await run.policy();
    const isolated = await openPage(site, { headers: ISOLATION });
    try {
      for (const [where, isIsolated] of [
        [page, false],
        [isolated.page, true],
      ] as const) {
        expect(await where.evaluate("crossOriginIsolated && typeof SharedArrayBuffer === 'function'")).toBe(isIsolated);
        expect(await inPage("learn", shared, where)).toMatchObject({ sha256 });
      }
    } finally {
      await isolated.close();
    }
  });

  it("a run in a worker comes to Node's weights", async () => {
    const run = train(OPTIONS);
    let iterations = 0;
    for await (const _ of run) iterations++;
    const seen = await inPage("learn", OPTIONS);
    expect(seen).toMatchObject({ iterations, sha256: (await run.policy()).sha256 });
    expect(seen.frames).toBeGreaterThan(5);
  });

  it("no task of the page takes more than 50 ms while it trains", async () => {
    expect(await longestTask(page, () => inPage("block", 3e8))).toBeGreaterThan(LONGEST_TASK); // one that does would be seen
    expect(await longestTask(page, () => inPage("learn", OPTIONS))).toBeLessThanOrEqual(LONGEST_TASK);
  });

  it.each([
    ["throws while it loads", "/broken.js", /the training worker died: .*broken/],
    ["fails to load what it awaits", "/rejected.js", /the training worker died: .*rejected/],
    ["isn't there", "/nowhere.js", /the training worker died: it could not be loaded/],
    ["fails later", "/broken-later.js", /the training worker died: .*late/],
  ])("a worker that %s rejects what is pending", async (_, path, message) => {
    expect(await inPage("pending", path)).toEqual([expect.stringMatching(message), expect.stringMatching(message)]);
  });

  it("a worker that is terminated rejects what is pending", async () => {
    expect(await inPage("terminated", { ...OPTIONS, totalSteps: 1e9 })).toEqual(Array(2).fill("training was terminated"));
  });

  it("an error keeps its name, message and stack", async () => {
    expect(await inPage("refused", { ...OPTIONS, gamma: 2 } as TrainOptions)).toEqual({
      name: "UsageError",
      message: expect.stringContaining("gamma"),
      stack: expect.stringContaining("/trainer-worker.js:"),
    });
  });
});
