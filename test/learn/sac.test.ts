/** Both forms of soft actor-critic with their presets. */
import { reach } from "./reach.js";

reach([
  { algo: "sac", env: "Pendulum-v1", threshold: -200 },
  { algo: "sac-v", env: "Pendulum-v1", threshold: -200 },
  { algo: "sac", env: "MountainCarContinuous-v0", threshold: 90 },
]);
