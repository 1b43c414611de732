/** The page in which one writes physics. */
import { describe, expect, it } from "vitest";
import { LONGEST_TASK, longestTask } from "../tasks.js";
import { figure, open, statusHas } from "./site.js";

describe("the page of physics", () => {
  it("compiles what was written, tells mistakes by their place, and trains on it; says so while it compiles, and keeps its tasks to 50 ms", async () => {
    const page = await open("/editor.html");
    await page.waitForTimeout(300); // what loading leaves to be done
    const longest = await longestTask(page, async () => {
      await page.click("#compile");
      await statusHas(page, "Compiling …");
      expect(await page.isDisabled("#compile")).toBe(true);
      expect(await page.locator("#progress:indeterminate").count()).toBe(1);
      await statusHas(page, "Compiled ");
      await page.locator("#lanes[aria-label^='64 lanes of ']").waitFor();
    });
    expect(longest).toBeLessThanOrEqual(LONGEST_TASK);

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
