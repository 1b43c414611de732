/** The pages that are made of the code say what the code says now. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../..", import.meta.url);
const textOf = (page: string) => readFileSync(new URL(`docs/${page}`, root), "utf8");
const made = async <T>(script: string) => (await import(new URL(`docs/${script}`, root).href)) as T;

it("the table of options is made of the options; node docs/options.mjs makes it anew", async () => {
  const { optionsPage } = await made<{ optionsPage(): string }>("options.mjs");
  expect(textOf("options.md")).toBe(optionsPage());
});

it("the API reference is made of the declarations, and nothing is exported without a comment; node docs/reference.mjs makes it anew", async () => {
  const { reference } = await made<{ reference(): { text: string; undocumented: string[] } }>("reference.mjs");
  const { text, undocumented } = reference();
  expect(undocumented).toEqual([]);
  expect(textOf("api.md")).toBe(text);
});
