/** Training in a worker of a web page: the page stays free, and hears of everything that goes wrong. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type TrainOptions, train } from "../../../src/index.js";
import { openPage } from "../../browser/chromium.js";
import { bundled, SITE_FILES } from "../../browser/site.js";
import type * as pageModule from "./page.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const OPTIONS = { algo: "ppo", env: "CartPole-v1", seed: 5, totalSteps: 30_720 } as const;

type InPage = Awaited<ReturnType<typeof openPage>>;
let page: InPage["page"];
let close: InPage["close"] = async () => {};
beforeAll(async () => {
  ({ page, close } = await openPage({
    "/": "<!doctype html><title>trainer</title>",
    "/page.js": await bundled("test/run/trainer/page.ts"),
    "/web/trainer-worker.js": await bundled("src/run/trainer-worker.ts"),
    "/broken.js": "throw new RangeError('broken')",
    "/broken-later.js": "setTimeout(() => { throw new RangeError('late') }, 20)",
    "/rejected.js": "await Promise.reject(new RangeError('rejected'))",
    ...SITE_FILES,
  }));
});
afterAll(() => close());

type Page = typeof pageModule;
/** Calls a function of page.ts there. As text, since the test runner rewrites imports in functions. */
function inPage<Name extends keyof Page>(name: Name, argument: Parameters<Page[Name]>[0]): Promise<Awaited<ReturnType<Page[Name]>>> {
  return page.evaluate(`import("/page.js").then((page) => page.${name}(${JSON.stringify(argument)}))`);
}

describe("in a Chromium page", () => {
  it("a run in a worker comes to Node's weights", async () => {
    const run = train(OPTIONS);
    let iterations = 0;
    for await (const _ of run) iterations++;
    const seen = await inPage("learn", OPTIONS);
    expect(seen).toMatchObject({ iterations, sha256: (await run.policy()).sha256 });
    expect(seen.frames).toBeGreaterThan(5);
  });

  // Other processes may take the page's processor away in the middle of a task, hence another try.
  it("no task of the page takes more than 50 ms while it trains", { retry: 2 }, async () => {
    expect(await inPage("block", 80)).toBeGreaterThanOrEqual(80); // a long task would be seen
    const { longestTask } = await inPage("learn", OPTIONS);
    expect(longestTask).toBeLessThanOrEqual(50);
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
