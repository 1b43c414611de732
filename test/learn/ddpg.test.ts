/** DDPG with its presets. */
import { reach } from "./reach.js";

reach([
  { algo: "ddpg", env: "Pendulum-v1", threshold: -200 },
  { algo: "ddpg", env: "MountainCarContinuous-v0", threshold: 85 },
]);
