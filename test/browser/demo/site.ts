/** The demo's static files, and what its tests do with its pages. */
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
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

/** ms. Measured: 20 while training, 15 while compiling. */
export const LONGEST_TASK = 50;

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
  /** µs of the processor, if any. */
  readonly tdur?: number;
}

/**
 * The page's longest task during some work, in ms of the processor: on a machine that is free, that is how long the page stands still. (By the
 * clock, a task also lasts while other processes have the processor.)
 */
export async function longestTask(page: Page, work: () => Promise<unknown>): Promise<number> {
  const browser = page.context().browser() as Browser;
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  await work();
  const { traceEvents }: { traceEvents: readonly TraceEvent[] } = JSON.parse(String(await browser.stopTracing()));
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const pages = traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain").map(threadOf);
  const tasks = traceEvents.filter((event) => event.name.endsWith("RunTask") && pages.includes(threadOf(event)));
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}
