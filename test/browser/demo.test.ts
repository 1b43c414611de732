/** The demo's static files, opened from a folder of a web server: it trains, plays, compiles, and is fit for everyone. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { build } from "vite";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { loadPolicy } from "../../src/policy/policy.js";
import { type Opened, type OpenOptions, openPage } from "./chromium.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DIST = new URL("../../demo/dist/", import.meta.url);
const PAGES = ["/index.html", "/editor.html", "/gallery.html"];
const PHONE = { width: 390, height: 844 };
/** More than the page's own scripts take, and far less than TensorFlow.js' 1.2 MB. */
const PAGE_BYTES = 300_000;

beforeAll(async () => {
  await build({ configFile: fileURLToPath(new URL("../../demo/vite.config.mjs", import.meta.url)), logLevel: "error" });
});

let opened: Opened | undefined;
afterEach(async () => {
  const { complaints = [], close } = opened ?? {};
  opened = undefined;
  await close?.();
  expect(complaints).toEqual([]);
});

async function open(path: string, context: OpenOptions["context"] = {}): Promise<Page> {
  opened = await openPage(DIST, { under: "/some/folder", path, context });
  return opened.page;
}

/** The number that a figure of the page shows. */
const figure = async (page: Page, id: string) => Number((await page.textContent(`#${id}`))?.replaceAll(",", ""));

const stepOf = async (page: Page) => Number(/\d+/.exec((await page.textContent("#episode")) ?? "")?.[0]);

const statusHas = (page: Page, text: string) => page.locator("#status", { hasText: text }).waitFor({ timeout: 60_000 });

const until = (page: Page, condition: string) => page.waitForFunction(condition, undefined, { timeout: 60_000 });

async function trainFor(page: Page, steps: number): Promise<void> {
  await page.fill("#option-totalSteps", String(steps));
  await page.click("#train");
}

describe("the training page", () => {
  it("paints before it asks for TensorFlow.js", async () => {
    const page = await open("/index.html");
    await page.waitForSelector("#option-totalSteps");
    await until(page, "performance.getEntriesByName('first-contentful-paint').length > 0");
    await until(page, "performance.getEntriesByType('resource').some(({ name }) => name.includes('trainer-worker'))");
    const { bytes, paint, worker } = await page.evaluate(() => {
      const resources = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
      const scripts = resources.filter(({ name }) => name.endsWith(".js"));
      const [trainer] = scripts.filter(({ name }) => name.includes("trainer-worker"));
      const own = scripts.filter((script) => script !== trainer);
      return {
        bytes: own.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
        paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
        worker: trainer?.startTime,
      };
    });
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(PAGE_BYTES);
    expect(paint).toBeLessThan(Number(worker));
    expect(await page.locator("#environment option").count()).toBe(10);
  });

  it("learns, plays, is pushed, and hands its policy out and takes it in again", async () => {
    const page = await open("/index.html");
    await trainFor(page, 20_000);
    await until(page, "Number(document.querySelector('#return').textContent) > 0");
    const early = await figure(page, "return");
    await statusHas(page, "Trained.");
    expect(await figure(page, "return")).toBeGreaterThan(2 * early); // 22 at first, 140 at the end
    expect(await figure(page, "steps")).toBeGreaterThanOrEqual(20_000);
    expect(await page.locator("#returns canvas").count()).toBe(1);

    await page.click("#restart");
    await until(page, "/step [1-9][0-9]/.test(document.querySelector('#episode').textContent)");
    await page.click("#play");
    const before = await stepOf(page);
    for (let i = 0; i < 10; i++) await page.click("#push-right"); // 6 rad/s: past saving within three steps
    await page.click("#play");
    await until(page, `Number(/\\d+/.exec(document.querySelector("#episode").textContent)[0]) !== ${before}`);
    await page.waitForTimeout(300); // 15 steps
    expect(await stepOf(page)).toBeLessThan(before + 10);

    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
    const file = await download.path();
    const { header } = await loadPolicy(await readFile(file));
    expect([header.algorithm, header.environment, download.suggestedFilename()]).toEqual([
      "ppo",
      "CartPole-v1",
      "ppo_CartPole-v1.safetensors",
    ]);
    await page.selectOption("#environment", "Pendulum-v1");
    await page.setInputFiles("#load", file);
    await statusHas(page, "Plays ppo on CartPole-v1.");
    expect(await page.inputValue("#environment")).toBe("CartPole-v1");
    await page.setInputFiles("#load", { name: "bad.safetensors", mimeType: "", buffer: Buffer.from("no policy at all") });
    await statusHas(page, "not a policy file");
  });

  it("lets the pendulum be dragged", async () => {
    const page = await open("/index.html");
    await page.selectOption("#environment", "Pendulum-v1");
    await page.locator("#stage[aria-label^=Pendulum]").waitFor();
    await page.click("#play");
    const stage = page.locator("#stage");
    await stage.hover({ position: { x: 40, y: 100 } });
    await page.mouse.down();
    const left = await stage.screenshot();
    await page.mouse.up();
    await stage.hover({ position: { x: 300, y: 100 } });
    expect((await stage.screenshot()).equals(left)).toBe(true);
    await page.mouse.down();
    expect((await stage.screenshot()).equals(left)).toBe(false);
  });

  it("pauses, takes single steps, goes on, and is reset", async () => {
    const page = await open("/index.html");
    await page.click("#train");
    await until(page, "document.querySelector('#steps').textContent !== '–'");
    await page.click("#pause");
    await statusHas(page, "Paused.");
    await page.waitForTimeout(500);
    const held = await figure(page, "steps");
    await page.waitForTimeout(300);
    expect(await figure(page, "steps")).toBe(held);
    await page.click("#step");
    await until(page, `Number(document.querySelector('#steps').textContent.replaceAll(',', '')) === ${held + 256}`); // 8 lanes, 32 steps
    await page.click("#pause");
    await until(page, `Number(document.querySelector('#steps').textContent.replaceAll(',', '')) > ${held + 256}`);
    await page.click("#reset");
    await statusHas(page, "Ready.");
    expect(await page.textContent("#steps")).toBe("–");
    expect(await page.isEnabled("#train")).toBe(true);
  });

  it("says what is wrong with an option", async () => {
    const page = await open("/index.html");
    await page.fill("#option-gamma", "2");
    await page.click("#train");
    await statusHas(page, "option gamma of ppo is a number from 0 to 1");
  });

  it("trains tables too", async () => {
    const page = await open("/index.html");
    await page.selectOption("#environment", "FrozenLake-v1");
    await page.selectOption("#algorithm", "q-learning");
    await trainFor(page, 2000);
    await statusHas(page, "Trained.");
  });
});

describe("the page of physics", () => {
  it("compiles what was written, tells mistakes by their place, and trains on it", async () => {
    const page = await open("/editor.html");
    await page.fill("#total-steps", "4000");
    await page.click("#train");
    await statusHas(page, "Trained.");
    expect(await figure(page, "return")).toBeGreaterThan(10);
    await page.click(".cm-line:nth-child(5)");
    await page.keyboard.press("End");
    await page.keyboard.type("\nconst BAD: f32 = nothing;");
    await page.click("#compile");
    await page.locator("#mistakes button", { hasText: "6:" }).waitFor();
    await statusHas(page, "The physics has mistakes.");
  });
});

describe("the gallery", () => {
  it("plays every policy without TensorFlow.js", async () => {
    const page = await open("/gallery.html");
    const players = page.locator("lanewise-player");
    const count = await players.count();
    expect(count).toBe(6);
    for (let i = 0; i < count; i++) {
      await players.nth(i).scrollIntoViewIfNeeded();
      await players
        .nth(i)
        .locator("span", { hasText: /: .*return -?\d/ })
        .waitFor();
    }
    const urls = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    expect(urls.filter((url) => /trainer|tfjs/.test(url))).toEqual([]);
  });
});

describe.each(PAGES)("%s", (path) => {
  it("fits a phone, has a name for all that can be used, and is dark where wanted", async () => {
    const page = await open(path, { viewport: PHONE, colorScheme: "dark" });
    await page.waitForTimeout(300);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(PHONE.width);
    expect(await page.evaluate(nameless)).toEqual([]);
    expect(await page.locator("h1").count()).toBe(1);
    expect(await page.locator("main").count()).toBe(1);
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const dark = await ground();
    await page.emulateMedia({ colorScheme: "light" });
    expect(await ground()).not.toBe(dark);
  });

  it("is used by keyboard", async () => {
    const page = await open(path, { viewport: { width: 1200, height: 800 } });
    await page.waitForTimeout(300);
    const reached = new Set<unknown>();
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate("document.activeElement?.id || document.activeElement?.localName"));
    }
    const wanted = {
      "/index.html": ["environment", "train", "option-gamma", "play", "load"],
      "/editor.html": ["sample", "compile", "train"],
    };
    for (const id of wanted[path as keyof typeof wanted] ?? ["lanewise-player"]) expect(reached).toContain(id);
  });
});

/** What can be used, or is drawn, but has no name for those who can't see it. */
function nameless(): string[] {
  const named = (element: Element) => {
    const { labels } = element as HTMLInputElement;
    return element.getAttribute("aria-label") || element.getAttribute("aria-labelledby") || labels?.length || element.textContent?.trim();
  };
  const players = [...document.querySelectorAll("lanewise-player")].flatMap(({ shadowRoot }) => (shadowRoot ? [shadowRoot] : []));
  const all = [document, ...players].flatMap((root) => [
    ...root.querySelectorAll("button, input, select, a, canvas[role], progress, section"),
  ]);
  return all.filter((element) => !named(element)).map(({ outerHTML }) => outerHTML.slice(0, 80));
}
