/** The demo's static files, and what its tests do with its pages. */
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { build } from "vite";
import { afterEach, expect } from "vitest";
import { type Opened, type OpenOptions, openPage } from "../chromium.js";

export const DIST = new URL("../../../demo/dist/", import.meta.url);

export async function buildDemo(): Promise<void> {
  await build({ configFile: fileURLToPath(new URL("../../../demo/vite.config.mjs", import.meta.url)), logLevel: "error" });
}

let opened: Opened | undefined;

/** Has every test end without complaints of its page. */
export function hearComplaints(): void {
  afterEach(async () => {
    const { complaints = [], close } = opened ?? {};
    opened = undefined;
    await close?.();
    expect(complaints).toEqual([]);
  });
}

/** A page of the demo, in a folder of a web server. */
export async function open(path: string, context: OpenOptions["context"] = {}): Promise<Page> {
  opened = await openPage(DIST, { under: "/some/folder", path, context });
  return opened.page;
}

/** The number that a figure of the page shows. */
export const figure = async (page: Page, id: string) => Number((await page.textContent(`#${id}`))?.replaceAll(",", ""));

export const statusHas = (page: Page, text: string) => page.locator("#status", { hasText: text }).waitFor({ timeout: 60_000 });

export const until = (page: Page, condition: string) => page.waitForFunction(condition, undefined, { timeout: 60_000 });
