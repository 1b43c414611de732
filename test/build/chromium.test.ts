/** The build in a web page: the compiler by an import map, the rest from src/ as one file. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { buildEnvironment } from "../../src/build/index.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { openPage, type Site } from "../browser/chromium.js";
import type * as pageModule from "./page.js";
import { altered, TEMPLATE, unmarked } from "./sources.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const node_modules = new URL("../../node_modules/", import.meta.url);
/** Where npm puts it depends on which other packages want one. */
const LONG = ["assemblyscript/node_modules/long/index.js", "long/index.js"].find((path) => existsSync(new URL(path, node_modules)));

const COMPILER = {
  assemblyscript: "assemblyscript/dist/assemblyscript.js",
  "assemblyscript/asc": "assemblyscript/dist/asc.js",
  binaryen: "binaryen/index.js",
  long: String(LONG),
};

async function site(): Promise<Site> {
  const imports = Object.fromEntries(Object.entries(COMPILER).map(([name, path]) => [name, `/${path}`]));
  const compiler = Object.fromEntries(Object.values(COMPILER).map((path) => [`/${path}`, new URL(path, node_modules)]));
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    external: ["node:*", ...Object.keys(COMPILER)],
  });
  const html = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`;
  return { "/": html, "/page.js": String(outputFiles[0]?.text), ...compiler };
}

let page: Page;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ page, close } = await openPage(await site()));
});
afterAll(() => close());

/** Calls a function of page.ts there. As text, since the test runner rewrites imports in functions. */
function inPage<Name extends keyof typeof pageModule>(name: Name, source: string): Promise<Awaited<ReturnType<(typeof pageModule)[Name]>>> {
  return page.evaluate(`import("/page.js").then((page) => page.${name}(${JSON.stringify(source)}))`);
}

describe("in Chromium", () => {
  it("a source becomes the same module as in Node, a registered environment with the same bits", async () => {
    const inNode = await buildEnvironment(TEMPLATE);
    const { binary, observations } = await inPage("build", TEMPLATE);
    expect(Uint8Array.from(binary)).toEqual(new Uint8Array(inNode.binary));
    const env = await makeVec(inNode.spec, { numEnvs: 2 });
    const wanted = [[...env.reset(5)]];
    for (let t = 0; t < 10; t++) wanted.push([...env.step([1, -0.5, 0.25, 1]).observation]);
    expect(observations).toEqual(wanted);
  });

  it("mistakes are found at their line and column", async () => {
    const { source, places } = unmarked(altered("this.xDot = 0;", "this.xDot = ‸nothing;"));
    const [line, column] = String(places[0]).split(":").slice(1).map(Number);
    expect(await inPage("complaints", source)).toEqual([
      { file: "environment.ts", line, column, code: "", message: expect.stringContaining("nothing is not known") },
    ]);
  });
});
