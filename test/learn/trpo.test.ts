/** TRPO with its presets. */
import { reach } from "./reach.js";

reach([
  { algo: "trpo", env: "CartPole-v1", threshold: 475 },
  { algo: "trpo", env: "Pendulum-v1", threshold: -250 },
  { algo: "trpo", env: "Acrobot-v1", threshold: -100 },
  { algo: "trpo", env: "MountainCar-v0", threshold: -130 },
]);
