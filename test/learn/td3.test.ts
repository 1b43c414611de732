/** TD3 with its presets. */
import { reach } from "./reach.js";

reach([
  { algo: "td3", env: "Pendulum-v1", threshold: -200 },
  { algo: "td3", env: "MountainCarContinuous-v0", threshold: 85 },
]);
