/** The README's picture of the demo while it trains. `npm run demo:screenshot` takes it anew. */
import { readFile, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { openPage } from "./chromium.js";
import { buildDemo, DIST } from "./demo/site.js";

const PICTURE = new URL("../../docs/demo.png", import.meta.url);
const MOST_BYTES = 200_000;

async function take(): Promise<Buffer> {
  await buildDemo();
  const { page, close } = await openPage(DIST, {
    path: "/index.html",
    context: { viewport: { width: 1440, height: 1300 } },
  });
  try {
    await page.click("#train");
    await page.waitForFunction("document.querySelector('#progress').value > 0.75", undefined, { timeout: 60_000 });
    return await page.screenshot();
  } finally {
    await close();
  }
}

it("the README shows the demo", async () => {
  if (process.env["MODE"] === "record") await writeFile(PICTURE, await take());
  const picture = await readFile(PICTURE);
  expect(picture.subarray(1, 4).toString()).toBe("PNG");
  expect(picture.length).toBeLessThanOrEqual(MOST_BYTES);
  expect(await readFile(new URL("../../README.md", import.meta.url), "utf8")).toContain("](docs/demo.png)");
}, 120_000);
