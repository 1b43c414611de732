/** `lanewise report`: a page of real runs, read back in Chromium from disk. Wants a fresh dist/: `npm test` builds first. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { formatReturn } from "../../../src/run/progress.js";
import { CHROMIUM_FLAGS, findChromium } from "../../browser/chromium.js";
import { commandLine } from "../../oracle/command-line.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const PHONE = { width: 390, height: 844 };

let root = "";
let browser: Browser;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "lanewise-report-"));
  const small = ["CartPole-v1", "--set", "hidden=8", "--steps", "2048"];
  for (const seed of ["3", "4"]) await lanewise("train", "ppo", ...small, "--set", "epochs=1", "--seed", seed, "--out", `ppo_${seed}`);
  await lanewise("train", "a2c", ...small, "--out", "a2c");
  await lanewise("train", "q-learning", "FrozenLake-v1", "--steps", "2000", "--out", "lake");
  browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS });
});
afterAll(async () => {
  await browser?.close();
  rmSync(root, { recursive: true, force: true });
});

const lanewise = (...args: readonly string[]) => commandLine(args, root);

const read = (...path: readonly string[]) => JSON.parse(readFileSync(join(root, ...path), "utf8"));

interface Seen {
  readonly page: Page;
  /** What it asked for and complained of. */
  readonly requests: string[];
  readonly complaints: string[];
}

async function open(file: string, context: BrowserContextOptions = {}): Promise<Seen> {
  const page = await browser.newPage({ offline: true, ...context });
  const seen: Seen = { page, requests: [], complaints: [] };
  page.on("request", (request) => void seen.requests.push(request.url()));
  page.on("console", (message) => void seen.complaints.push(message.text()));
  page.on("pageerror", (error) => void seen.complaints.push(error.message));
  await page.goto(pathToFileURL(join(root, file)).href);
  return seen;
}

/** The texts of a table's cells, row by row. */
const rowsOf = (page: Page, label: string) =>
  page.locator(`[aria-label="${label}"] tr`).evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));

const caption = (page: Page) => page.locator("lanewise-player span").textContent();

describe("the page of two algorithms, one of them with two seeds", () => {
  let seen: Seen;
  beforeAll(async () => {
    const { code, stderr } = await lanewise("report", "ppo_3", "ppo_4", "a2c");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    seen = await open("report.html");
  });

  it("has the figures of the runs' files", async () => {
    const rows = await rowsOf(seen.page, "Results");
    for (const [name, dir] of [
      ["ppo", "ppo_3"],
      ["ppo", "ppo_4"],
      ["a2c", "a2c"],
    ] as const) {
      const { seed, evalMeanReturn, evalStdReturn, steps, weightsSha256 } = read(dir, "result.json");
      const last = JSON.parse(
        readFileSync(join(root, dir, "progress.jsonl"), "utf8")
          .trimEnd()
          .split("\n")
          .at(-1) ?? "",
      );
      const row = rows.find((cells) => cells.at(-1) === dir) ?? [];
      expect(row.slice(0, 4)).toEqual([name, String(seed), formatReturn(evalMeanReturn), formatReturn(evalStdReturn)]);
      expect(row.slice(5, 7)).toEqual([steps.toLocaleString("en"), last["rollout/episodes"].toLocaleString("en")]);
      expect(row[9]).toBe(weightsSha256.slice(0, 12));
    }
    const [one, two] = ["ppo_3", "ppo_4"].map((dir) => read(dir, "result.json").evalMeanReturn);
    const summary = rows.find((cells) => cells[1] === "all 2") ?? [];
    expect(summary.slice(2, 4)).toEqual([formatReturn((one + two) / 2), `± ${formatReturn(Math.abs(one - two) / 2)} s.e. over seeds`]);
  });

  it("draws a curve for each algorithm, with a band where there are several seeds, and every metric small", async () => {
    const { page } = seen;
    expect(await page.locator(".legend li").allTextContents()).toEqual(["ppo (2 seeds)", "a2c", "solved at 475"]);
    const curve = page.locator(".wide svg");
    expect(await curve.locator('path[fill-opacity="0.15"], path[style*="0.15"]').count()).toBeGreaterThan(0);
    const names = await page.locator(".multiples figcaption").allTextContents();
    expect(names).toEqual(expect.arrayContaining(["rollout/meanLength", "train/policyLoss", "train/entropy", "time/stepsPerSecond"]));
    expect(await page.locator(".multiples svg").count()).toBe(names.length);
    const last = JSON.parse(
      readFileSync(join(root, "a2c", "progress.jsonl"), "utf8")
        .trimEnd()
        .split("\n")
        .at(-1) ?? "",
    );
    const spoken = await page.locator("[role=img][aria-label^='Mean return']").getAttribute("aria-label");
    expect(spoken).toContain(`a2c ends at ${formatReturn(last["rollout/meanReturn"])} after`);
  });

  it("tells the configuration, first what differs, and what the runs ran on", async () => {
    const rows = await rowsOf(seen.page, "Configuration");
    const values = (name: string) => rows.find(([head]) => head?.replace(" differs", "") === name)?.slice(1);
    expect(values("algo")).toEqual(["ppo", "a2c"]);
    expect(values("totalSteps")).toEqual(["2048", "2048"]);
    const marks = rows.slice(1).map(([head]) => String(head).endsWith("differs"));
    expect(marks).toEqual(marks.toSorted((a, b) => Number(b) - Number(a)));
    expect(rows.slice(1).map((cells) => cells[1] !== cells[2])).toEqual(marks);
    const { host } = read("a2c", "config.json");
    const machine = Object.fromEntries((await rowsOf(seen.page, "Hardware and versions")).map(([name, value]) => [name, value]));
    expect(machine).toMatchObject({ processor: host.cpu, cores: String(host.cores), Node: process.version, lanewise: host.lanewise });
  });

  it("plays each algorithm's best policy, by mouse and by keyboard", async () => {
    const { page } = seen;
    await page.locator("lanewise-player").scrollIntoViewIfNeeded();
    await expect.poll(() => caption(page)).toMatch(/^ppo, seed [34], return [1-9]/);
    await page.locator("select").selectOption({ index: 1 });
    await expect.poll(() => caption(page)).toMatch(/^a2c, seed 0, return/);
    const button = page.locator("lanewise-player [data-play]");
    await button.focus();
    await page.keyboard.press("Enter");
    expect(await button.textContent()).toBe("Play");
    const still = await caption(page);
    await page.waitForTimeout(100);
    expect(await caption(page)).toBe(still);
  });

  it("asks for nothing but itself, and complains of nothing", () => {
    expect(seen.requests).toEqual([expect.stringMatching(/^file:.*report\.html$/)]);
    expect(seen.complaints).toEqual([]);
  });

  it("fits a phone, and is dark where pages are", async () => {
    const { page, complaints } = await open("report.html", { viewport: PHONE, colorScheme: "dark" });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    expect(await page.locator(".narrow svg").isVisible()).toBe(true);
    expect(await page.locator(".wide svg").isVisible()).toBe(false);
    const colors = await page.evaluate(() => {
      const of = (selector: string, property: "backgroundColor" | "fill") =>
        getComputedStyle(document.querySelector(selector) as Element)[property];
      return [of("body", "backgroundColor"), of(".narrow svg rect", "fill"), of(".narrow svg text", "fill")];
    });
    expect(colors).toEqual(["rgb(13, 17, 23)", "rgb(13, 17, 23)", "rgb(230, 237, 243)"]);
    expect(complaints).toEqual([]);
  });
});

it("runs of other options are curves of their own, and environments that are tables are played too", async () => {
  const { code, stderr } = await lanewise("report", "lake", "--out", "lake.html");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { page, complaints } = await open("lake.html");
  await page.locator("lanewise-player").scrollIntoViewIfNeeded();
  await expect.poll(() => caption(page)).toMatch(/^q-learning, seed 0, return/);
  expect(complaints).toEqual([]);
});

it("what a run's files hold is text in the page, never markup", async () => {
  const dir = join(root, "hostile");
  mkdirSync(dir);
  const hostile = '</script><img src=x onerror="console.log(1)">';
  writeFileSync(join(dir, "config.json"), JSON.stringify({ ...read("a2c", "config.json"), algo: hostile, env: hostile }));
  writeFileSync(join(dir, "progress.jsonl"), `${JSON.stringify({ steps: 1, [hostile]: 1 })}\n`);
  expect((await lanewise("report", "hostile", "--out", "hostile.html")).code).toBe(0);
  const { page, complaints } = await open("hostile.html");
  expect(await page.locator("h2").first().textContent()).toBe(hostile);
  expect(await page.locator("img").count()).toBe(0);
  expect(complaints).toEqual([]);
});

it.each([
  [["nowhere"], "there is no folder nowhere"],
  [["a2c", "."], "holds no config.json"],
  [["broken"], "can't read broken/config.json"],
  [["a2c", "--out", "no/where.html"], "there is no folder"],
])("lanewise report %j ends with one line, code 2 and no page", async (args, message) => {
  const cwd = mkdtempSync(join(root, "bad-"));
  mkdirSync(join(cwd, "broken"));
  writeFileSync(join(cwd, "broken/config.json"), "{");
  writeFileSync(join(cwd, "broken/progress.jsonl"), "");
  const folders = args.map((arg) => (arg === "a2c" ? join(root, "a2c") : arg === "." ? tmpdirIn(cwd) : arg));
  const { code, stdout, stderr } = await commandLine(["report", ...folders], cwd);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^lanewise: .+\n$/);
  expect(stderr).toContain(message);
  expect(existsSync(join(cwd, "report.html"))).toBe(false);
});

/** An empty folder. */
function tmpdirIn(cwd: string): string {
  mkdirSync(join(cwd, "empty"));
  return "empty";
}
