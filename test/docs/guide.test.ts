/** Whoever follows the guide finds that it works: every block of code in it is checked by the compiler, and run. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guide = join(root, "docs/guide");
const pages = readdirSync(guide).toSorted();
/** Scripts live inside the package, which knows itself by its name; what they write goes to a folder of its own. */
const scripts = join(root, "test/docs", `.scripts-${process.pid}`);
const folder = mkdtempSync(join(tmpdir(), "lanewise-guide-"));

/** A page is followed in an empty folder. */
function cwdFor(page: string): string {
  const cwd = join(folder, page);
  mkdirSync(cwd, { recursive: true });
  return cwd;
}

interface Block {
  readonly language: string;
  readonly code: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(guide, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", code = ""]) => ({ language, code }));
}

const scriptName = (page: string, i: number) => `${page.replace(/\.md$/, "")}-${i}.ts`;

/** `lanewise` on the path, as an installed package has it. */
function environment(): NodeJS.ProcessEnv {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "lanewise"), `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/cli.js")}" "$@"\n`);
  chmodSync(join(bin, "lanewise"), 0o755);
  return { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"]}` };
}

function run(page: string, { language, code }: Block, i: number): void {
  const options = { cwd: cwdFor(page), env: environment(), encoding: "utf8" } as const;
  const { status, stdout, stderr } =
    language === "sh" ? spawnSync("sh", ["-e", "-c", code], options) : spawnSync(process.execPath, [compiled(page, code, i)], options);
  expect(status, `${code}\n${stdout}\n${stderr}`).toBe(0);
  expect(stdout).not.toBe("");
}

function compiled(page: string, code: string, i: number): string {
  const path = join(scripts, scriptName(page, i).replace(/ts$/, "mjs"));
  writeFileSync(path, transformSync(code, { loader: "ts", format: "esm" }).code);
  return path;
}

mkdirSync(scripts, { recursive: true });
afterAll(() => {
  rmSync(scripts, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

it("the guide is five short pages, and its code is TypeScript or for the shell", () => {
  expect(pages).toHaveLength(5);
  for (const page of pages) {
    expect(readFileSync(join(guide, page), "utf8").split("\n").length).toBeLessThan(120);
    for (const { language } of blocksOf(page)) expect(["ts", "sh", "text"]).toContain(language);
  }
});

it("its TypeScript has no type errors", () => {
  const files = [];
  for (const page of pages) {
    for (const [i, { language, code }] of blocksOf(page).entries()) {
      if (language !== "ts") continue;
      files.push(scriptName(page, i));
      writeFileSync(join(scripts, scriptName(page, i)), code);
    }
  }
  writeFileSync(join(scripts, "tsconfig.json"), JSON.stringify({ extends: "../../../tsconfig.json", files, include: [] }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", scripts], { encoding: "utf8" });
  expect(status, stdout).toBe(0);
});

describe.each(pages)("%s", (page) => {
  const blocks = blocksOf(page).filter(({ language }) => language !== "text");

  it("has code that runs, from top to bottom", { timeout: 120_000 }, () => {
    expect(blocks.length).toBeGreaterThan(0);
    for (const [i, block] of blocks.entries()) run(page, block, i);
  });
});
