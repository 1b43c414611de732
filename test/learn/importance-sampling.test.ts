/** Policy gradients by importance sampling with their presets, in every form. */
import { WEIGHT_FORMS } from "../../src/rollout/importance.js";
import { reach } from "./reach.js";

reach([
  ...WEIGHT_FORMS.map(
    (weights) => ({ algo: "off-policy-pg", env: "CartPole-v1", variant: weights, options: { weights }, threshold: 195 }) as const,
  ),
  { algo: "off-policy-pg", env: "CartPole-v1", variant: "stale", options: { snapshotInterval: 4 }, threshold: 195 },
  { algo: "off-policy-pg", env: "CartPole-v1", variant: "uniform", options: { behaviour: "uniform" }, threshold: 195 },
  { algo: "policy-relaxation", env: "CartPole-v1", threshold: 195 },
]);
