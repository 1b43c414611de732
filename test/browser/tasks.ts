/** How long a page stands still. */
import type { Browser, Page } from "playwright-core";

/** ms, for {@link longestTask}. Measured: 10 to 20 while the demo trains and while it compiles. */
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
  await page.waitForTimeout(100); // so that the last task has come to its end
  const { traceEvents }: { traceEvents: readonly TraceEvent[] } = JSON.parse(String(await browser.stopTracing()));
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const pages = traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain").map(threadOf);
  const tasks = traceEvents.filter((event) => event.name.endsWith("RunTask") && pages.includes(threadOf(event)));
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}
