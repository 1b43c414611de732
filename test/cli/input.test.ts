import { expect, it } from "vitest";
import { parseSettings } from "../../src/cli/input.js";
import { trainOptions } from "../../src/cli/train-options.js";

it("settings are texts by name: the length of a rollout, too, which is not the run's --steps", () => {
  expect(parseSettings(["steps=64", "hidden=8,8", "note=a=b"])).toEqual({ steps: "64", hidden: "8,8", note: "a=b" });
});

it("a setting goes as far as the run, where no flag says otherwise", () => {
  const flags = { steps: "64", set: ["workers=2", "steps=8"] };
  expect(trainOptions("a3c", "CartPole-v1", flags)).toEqual({ algo: "a3c", env: "CartPole-v1", totalSteps: 64, workers: "2", steps: "8" });
  expect(trainOptions("a3c", "CartPole-v1", { ...flags, workers: "3" })).toMatchObject({ workers: 3 });
});

it.each([
  ["totalSteps=5", "--set totalSteps is not possible; use --steps"],
  ["seed=5", "--set seed is not possible; use --seed"],
  ["gamma", '--set takes key=value, not "gamma"'],
])("%s is refused", (setting, message) => {
  expect(() => parseSettings([setting])).toThrow(message);
});
