/** examples/cartpole: the page plays from disk, without a network, and its physics are CartPole's. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { train } from "../../src/run/train.js";
import { launchChromium } from "../hosts/browsers.js";
import { HOSTS } from "../hosts/hosts.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const BUILD = fileURLToPath(new URL("../../examples/cartpole/build.mjs", import.meta.url));
const execute = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lanewise-cartpole-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function trained(env: "CartPole-v1" | "Pendulum-v1", totalSteps: number): Promise<void> {
  const run = train({ algo: "ppo", env, seed: 1, totalSteps });
  for await (const _ of run);
  await writeFile(join(folder, "policy.safetensors"), await (await run.policy()).bytes());
}

describe("the page in Chromium, opened from disk", () => {
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const errors: string[] = [];
  beforeAll(async () => {
    await trained("CartPole-v1", 30_000);
    const file = join(folder, "cartpole.html");
    await execute(process.execPath, [BUILD, folder, file]);
    browser = await launchChromium(String(HOSTS.find(({ name }) => name === "Chromium")?.program));
    const context = await browser.newContext({ offline: true });
    page = await context.newPage();
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.addInitScript(hurry);
    await page.goto(pathToFileURL(file).href);
  });
  afterAll(() => browser?.close());

  it("keeps the pole up for more than ten seconds of its time", async () => {
    const status = page.locator("output");
    await expect.poll(() => status.textContent(), { timeout: 20_000 }).toMatch(/^up for (\d{2,}\.\d) s, at most \1 s$/);
    expect(await page.locator("#caption").textContent()).toMatch(/^Trained by ppo for 30,\d{3} steps/);
  });

  it("draws the cart, the pole and the track", async () => {
    const colours = await page.evaluate(coloursOf);
    for (const colour of ["51,68,85", "199,125,10", "136,136,136"]) expect(colours).toContain(colour);
  });

  it("lets the pole fall where it is shoved too hard, and begins anew", async () => {
    await page.evaluate(shove);
    await expect.poll(() => page.locator("output").textContent()).toMatch(/^up for (\d+\.\d) s, at most (?!\1)\d+\.\d s$/);
  });

  it("asks for nothing but itself", () => {
    expect(requests).toEqual([expect.stringMatching(/^file:.*cartpole\.html$/)]);
    expect(errors).toEqual([]);
  });
});

/** In the page: a clock that is as fast as the machine, and the same first state each time. */
function hurry(): void {
  let now = 0;
  Math.random = () => 0.75;
  window.requestAnimationFrame = (show) => {
    now += 20;
    return window.setTimeout(() => show(now), 0);
  };
}

/** In the page: ten shoves at once. */
function shove(): void {
  for (let i = 0; i < 10; i++) document.querySelector("canvas")?.dispatchEvent(new PointerEvent("pointerdown"));
}

/** In the page: all colours of the canvas. */
function coloursOf(): string[] {
  const canvas = document.querySelector("canvas") as HTMLCanvasElement;
  const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set<string>();
  for (let i = 0; i < data.length; i += 4) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
  return [...colours];
}

describe("the build", () => {
  it("refuses a policy for something else with one line", async () => {
    await trained("Pendulum-v1", 1);
    const failed = execute(process.execPath, [BUILD, folder, join(folder, "pendulum.html")]);
    await expect(failed).rejects.toMatchObject({ code: 2, stderr: `${folder} plays Pendulum-v1; train one for CartPole-v1\n` });
  });

  it("asks for the folder of a run", async () => {
    await expect(execute(process.execPath, [BUILD])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^name the folder.*\n$/),
    });
  });
});

/** One step in float64 of a state in float32. Measured: 1.3e-7. */
const STEP_TOLERANCE = 1e-6;

describe("its physics", async () => {
  const { nextState, hasFallen } = (await import(new URL("../../examples/cartpole/physics.js", import.meta.url).href)) as {
    nextState(state: readonly number[], action: number): number[];
    hasFallen(state: readonly number[]): boolean;
  };

  it("are the environment's, up to the fall", async () => {
    const lane = await makeVec(environments["CartPole-v1"], { numEnvs: 1 });
    let state = [...lane.reset(3)];
    let falls = 0;
    let largest = 0;
    for (let t = 0; t < 500; t++) {
      const action = (t >> 2) & 1 ? 1 : Number(t % 3 === 0);
      const wanted = nextState(state, action);
      const { observation, terminated, finalObservation } = lane.step(new Int32Array([action]));
      const got = terminated[0] ? finalObservation : observation;
      const difference = Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] as number))));
      largest = Math.max(largest, difference);
      expect(hasFallen([...got])).toBe(terminated[0] === 1);
      falls += Number(hasFallen([...got]));
      state = [...observation];
    }
    expect(largest).toBeLessThan(STEP_TOLERANCE);
    expect(falls).toBeGreaterThan(3);
  });
});
