/** Makes options.md of the options' own descriptions: `node docs/options.mjs` after a build. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { algorithms } from "../dist/algos/registry.js";
import { runFields } from "../dist/run/config.js";

const page = new URL("./options.md", import.meta.url);

const HEAD = `# Options

Every option of every algorithm, and those of every run. In code they are keys of what \`train\` takes; on the command line, \`--set key=value\`.
A preset of the algorithm for the environment may replace a default. A name that no algorithm has, or a value out of range, is refused.

This page is made of the options' own descriptions: \`node docs/options.mjs\`.

| option | default | range | meaning | of |
|---|---|---|---|---|
`;

/** The page. */
export function optionsPage() {
  return HEAD + rows().map(rowOf).join("");
}

/** One entry for each option and meaning, with the defaults of those who have it. */
function rows() {
  const owners = [["every run", runFields], ...Object.values(algorithms).map(({ id, fields }) => [id, fields])];
  const found = new Map();
  for (const [owner, fields] of owners) {
    for (const [name, { doc, range, default: value }] of Object.entries(fields)) {
      const key = `${name}\n${doc}\n${range}`;
      const row = found.get(key) ?? { name, doc, range, defaults: new Map() };
      const text = asTyped(value);
      row.defaults.set(text, [...(row.defaults.get(text) ?? []), owner]);
      found.set(key, row);
    }
  }
  return [...found.values()].sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
}

/** The default that most have comes first and alone; others say whose they are. */
function rowOf({ name, doc, range, defaults }) {
  const [[usual, most], ...others] = [...defaults].sort(([, a], [, b]) => b.length - a.length);
  const texts = [`\`${usual}\``, ...others.map(([value, owners]) => `${owners.join(", ")}: \`${value}\``)];
  const owners = [...most, ...others.flatMap(([, names]) => names)];
  const order = ["every run", ...Object.keys(algorithms)];
  owners.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return `| \`${name}\` | ${texts.join("; ")} | ${range} | ${doc} | ${owners.join(", ")} |\n`;
}

/** A value as --set takes it. */
function asTyped(value) {
  return Array.isArray(value) ? value.join(",") : String(value);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = optionsPage();
  if (readFileSync(page, { encoding: "utf8", flag: "a+" }) !== text) writeFileSync(page, text);
}
