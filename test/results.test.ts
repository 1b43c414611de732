/** The page of results says what was recorded, every seed reached its bar, and every algorithm has a goal or a reason. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { algorithms } from "../src/algos/registry.js";
import { environments } from "../src/envs/registry.js";

const root = new URL("..", import.meta.url);
const { resultsPage } = (await import(new URL("test/learn/table.mjs", root).href)) as { resultsPage(): string };

/** Algorithms without a record of every goal, and why. */
const UNRECORDED: Readonly<Record<string, string>> = {
  "policy-evaluation": "predicts the values of a policy that is given: there is no return to reach",
  td: "predicts, too",
  "td-lambda": "predicts, too",
  fqi: "has no bar yet",
};

const goals = readdirSync(new URL("test/learn/results/", root)).map((name) => ({
  name,
  ...JSON.parse(readFileSync(new URL(`test/learn/results/${name}`, root), "utf8")),
}));

it("RESULTS.md is made of the record", () => {
  expect(readFileSync(new URL("RESULTS.md", root), "utf8")).toBe(resultsPage());
});

it.each(goals.map((goal) => [goal.name, goal] as const))(
  "%s reached its bar on every seed, over 100 episodes",
  (_, { outcomes, threshold }) => {
    expect(outcomes.length).toBeGreaterThan(0);
    for (const { meanReturn, episodes } of outcomes) {
      expect(meanReturn).toBeGreaterThanOrEqual(threshold);
      expect(episodes).toBe(100);
    }
  },
);

it("all of it is about algorithms and environments that there are, and leaves no algorithm out", () => {
  expect(goals.filter(({ algo, env }) => !Object.hasOwn(algorithms, algo) || !Object.hasOwn(environments, env))).toEqual([]);
  const learned = new Set(goals.map(({ algo }) => algo));
  expect(Object.keys(algorithms).filter((algo) => !learned.has(algo) && !Object.hasOwn(UNRECORDED, algo))).toEqual([]);
});
