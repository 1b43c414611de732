/** Makes RESULTS.md of what `npm run test:learn` recorded in results/: `node test/learn/table.mjs` writes it. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const results = new URL("./results/", import.meta.url);
const page = new URL("../../RESULTS.md", import.meta.url);

const HEAD = `# Results

Mean undiscounted return of the deterministic policy over 100 episodes after training with the preset of each pair: one figure a seed, and
the mean over seeds with its standard error. \`npm run test:learn\` trains and evaluates all of it again, holds every seed to the bar, and
records what came out; \`node test/learn/table.mjs\` makes this page of the record.

| environment | algorithm | steps | bar | seeds | mean ± s.e. |
|---|---|---:|---:|---|---:|
`;

/** The page, from the recorded goals. */
export function resultsPage(goals = readGoals()) {
  return HEAD + goals.toSorted(byName).map(rowOf).join("");
}

function readGoals() {
  const files = readdirSync(results).filter((name) => name.endsWith(".json"));
  return files.map((name) => JSON.parse(readFileSync(new URL(name, results), "utf8")));
}

function byName(a, b) {
  const key = ({ env, algo, variant = "" }) => `${env} ${algo} ${variant}`;
  return key(a) < key(b) ? -1 : 1;
}

function rowOf({ algo, env, variant, threshold, outcomes }) {
  const returns = outcomes.map(({ meanReturn }) => meanReturn);
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = returns.length > 1 ? Math.sqrt(squares / (returns.length - 1) / returns.length) : 0;
  const digits = Math.abs(threshold) < 20 ? 2 : 1;
  const figures = returns.map((value) => value.toFixed(digits)).join(", ");
  const steps = Math.max(...outcomes.map((outcome) => outcome.steps)).toLocaleString("en-US");
  const name = variant ? `${algo}, ${variant}` : algo;
  return `| ${env} | ${name} | ${steps} | ${threshold} | ${figures} | ${mean.toFixed(digits)} ± ${error.toFixed(digits)} |\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, resultsPage());
