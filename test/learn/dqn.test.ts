/** DQN and what improves on it, with the presets. */
import { reach } from "./reach.js";

reach([
  { algo: "dqn", env: "CartPole-v1", threshold: 475 },
  { algo: "dqn", env: "CartPole-v1", variant: "double", options: { double: true }, threshold: 475 },
  { algo: "dqn", env: "CartPole-v1", variant: "prioritised", options: { prioritised: true }, threshold: 475 },
  { algo: "dqn", env: "CartPole-v1", variant: "dueling", options: { dueling: true }, threshold: 475 },
  { algo: "dqn", env: "Acrobot-v1", threshold: -100 },
]);
