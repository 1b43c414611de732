/** The page that trains. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { loadPolicy } from "../../../src/policy/policy.js";
import { LONGEST_TASK, longestTask } from "../tasks.js";
import { figure, open, statusHas, until } from "./site.js";

/** More than the page's own scripts take, and far less than TensorFlow.js' 1.2 MB. */
const PAGE_BYTES = 300_000;

const stepOf = async (page: Page) => Number(/\d+/.exec((await page.textContent("#episode")) ?? "")?.[0]);

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
      const own = scripts.filter(({ startTime }) => startTime < Number(trainer?.startTime));
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

  it("keeps its tasks to 50 ms while it draws the lanes that learn, frame by frame", async () => {
    const page = await open("/index.html");
    await page.locator("#lanes[aria-label='64 lanes of CartPole-v1 at once']").waitFor();
    await page.waitForTimeout(300); // what loading leaves to be done
    const longest = await longestTask(page, async () => {
      await page.click("#train");
      await page.locator("#lanes[aria-label='8 lanes of CartPole-v1 in training']").waitFor();
      await page.waitForTimeout(1000);
    });
    expect(longest).toBeGreaterThan(1);
    expect(longest).toBeLessThanOrEqual(LONGEST_TASK);
  });

  it("pauses, takes single steps, goes on, and is reset", async () => {
    const page = await open("/index.html");
    await page.click("#train");
    await until(page, "document.querySelector('#steps').textContent !== '–'");
    await page.click("#pause");
    await statusHas(page, "Paused.");
    await page.waitForTimeout(500);
    const held = await figure(page, "steps");
    const lanes = page.locator("#lanes[aria-label='8 lanes of CartPole-v1 in training']");
    const still = await lanes.screenshot();
    await page.waitForTimeout(300);
    expect(await figure(page, "steps")).toBe(held);
    expect((await lanes.screenshot()).equals(still)).toBe(true);
    await page.click("#step");
    await until(page, `Number(document.querySelector('#steps').textContent.replaceAll(',', '')) === ${held + 256}`); // 8 lanes, 32 steps
    await expect.poll(async () => (await lanes.screenshot()).equals(still)).toBe(false);
    await page.click("#pause");
    await until(page, `Number(document.querySelector('#steps').textContent.replaceAll(',', '')) > ${held + 256}`);
    await page.click("#reset");
    await statusHas(page, "Ready.");
    expect(await page.textContent("#steps")).toBe("–");
    expect(await page.textContent("#lanes-title")).toBe("64 lanes at once");
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
