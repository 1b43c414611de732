/** CartPole in the demo's page: from pressing Train to a mean return of 475 in at most twice the time that Node takes. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openPage } from "../browser/chromium.js";
import { buildDemo, DIST } from "../browser/demo/site.js";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ROUNDS = 3;
const GOAL = 475;

/** ms from `train` to the goal, in a fresh process whose modules are loaded. */
function inNode(): number {
  const program = `
    import { train } from ${JSON.stringify(at("../../dist/index.js"))};
    const start = performance.now();
    for await (const { meanReturn } of train({ algo: "ppo", env: "CartPole-v1" })) if (meanReturn >= ${GOAL}) break;
    console.log(performance.now() - start);`;
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }));
}

/** ms from the click to the goal on the page, which draws all the while. */
async function inPage(): Promise<number> {
  const { page, close } = await openPage(DIST, { path: "/index.html" });
  try {
    await page.waitForSelector("#option-seed", { state: "attached" });
    await page.waitForTimeout(2000); // as long as one takes to look round
    return await page.evaluate(async (goal) => {
      const start = performance.now();
      document.querySelector<HTMLElement>("#train")?.click();
      const shown = () => Number(document.querySelector("#return")?.textContent);
      while (!(shown() >= goal)) await new Promise(requestAnimationFrame);
      return performance.now() - start;
    }, GOAL);
  } finally {
    await close();
  }
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

it("the page learns CartPole in at most twice Node's time", async () => {
  await buildDemo();
  const node: number[] = [];
  const page: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    node.push(inNode());
    page.push(await inPage());
  }
  const seconds = (values: readonly number[]) => values.map((value) => (value / 1000).toFixed(1)).join(", ");
  console.log(`to ${GOAL}: page ${seconds(page)} s, Node ${seconds(node)} s, ratio ${(median(page) / median(node)).toFixed(2)}`);
  expect(median(page)).toBeLessThanOrEqual(2 * median(node));
});
