/** The gallery, and all pages on phones, by keyboard, in the dark, with names for those who can't see. */
import { describe, expect, it } from "vitest";
import { open } from "./site.js";

const PAGES = ["/index.html", "/editor.html", "/gallery.html"];
const PHONE = { width: 390, height: 844 };

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
    await page.evaluate(
      "globalThis.reached = new Set(); addEventListener('focusin', ({ target }) => globalThis.reached.add(target.id || target.localName))",
    );
    for (let i = 0; i < 40; i++) await page.keyboard.press("Tab");
    const reached = await page.evaluate("[...globalThis.reached]");
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
