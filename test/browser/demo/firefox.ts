/** The page that trains, in Firefox. */
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { launchFirefox } from "../../hosts/browsers.js";
import { FIREFOX } from "../../hosts/hosts.js";
import { serve } from "../chromium.js";
import { DIST } from "./site.js";

/** More than the first iterations take. */
const STEPS = 5000;

describe("in Firefox", () => {
  it("the page trains, and complains of nothing", async ({ skip }) => {
    const { program, remedy } = FIREFOX;
    if (program === undefined) return skip(`Firefox is not installed: ${remedy}`);
    const [server, browser] = await Promise.all([serve(DIST), launchFirefox(program)]);
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
      page.on("pageerror", (error) => void complaints.push(String(error)));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForSelector("#option-seed");
      await page.click("#train");
      const steps = "Number(document.querySelector('#steps').textContent.replaceAll(',', ''))";
      await page.waitForFunction(`${steps} >= ${STEPS}`);
      expect(await page.$eval("#lanes", (canvas) => canvas.ariaLabel)).toBe("8 lanes of CartPole-v1 in training");
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      server.close();
    }
  });
});
