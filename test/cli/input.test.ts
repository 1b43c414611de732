import { expect, it } from "vitest";
import { parseSettings } from "../../src/cli/input.js";

it("settings are texts by name: the length of a rollout, too, which is not the run's --steps", () => {
  expect(parseSettings(["steps=64", "hidden=8,8", "note=a=b"])).toEqual({ steps: "64", hidden: "8,8", note: "a=b" });
});

it.each([
  ["totalSteps=5", "--set totalSteps is not possible; use --steps"],
  ["seed=5", "--set seed is not possible; use --seed"],
  ["gamma", '--set takes key=value, not "gamma"'],
])("%s is refused", (setting, message) => {
  expect(() => parseSettings([setting])).toThrow(message);
});
