/** What users' environments are built from, as one JavaScript module: it needs no file system, so that it builds in web pages too. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { asconfig, assemblyRoot } from "./compile.mjs";

/** Where the sources begin that such an environment can reach. */
const ENTRIES = ["envs/driver.ts", "lanes/index.ts"];
/** What the driver imports under this name is made for each environment. */
const PHYSICS = "envs/physics.ts";

/** The module's text. Exports: `sources` by path, the compiler's `options`, and the `template` of an environment. */
export async function libraryModule() {
  const constants = {
    sources: await readWithImports(ENTRIES),
    options: await asconfig("release"),
    template: await readFile(join(assemblyRoot, "template.ts"), "utf8"),
  };
  const lines = Object.entries(constants).map(([name, value]) => `export const ${name} = ${JSON.stringify(value, null, 2)};\n`);
  return `/** Written by assembly/build.mjs. */\n${lines.join("")}`;
}

/** Files and all that they import, by path. */
async function readWithImports(paths) {
  const files = {};
  const left = [...paths];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (path in files || path === PHYSICS) continue;
    files[path] = await readFile(join(assemblyRoot, path), "utf8");
    for (const [, name] of files[path].matchAll(/ from "(\.[^"]+)"/g)) left.push(`${join(path, "..", name)}.ts`.replaceAll("\\", "/"));
  }
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}
