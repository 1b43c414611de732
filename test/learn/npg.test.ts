/** Natural policy gradient with its presets. */
import { reach } from "./reach.js";

reach([
  { algo: "npg", env: "CartPole-v1", threshold: 475 },
  { algo: "npg", env: "Pendulum-v1", threshold: -250 },
  { algo: "npg", env: "Acrobot-v1", threshold: -100 },
]);
