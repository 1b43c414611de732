/** DQN, and what improves on it one by one, with its presets. */
import { reach } from "./reach.js";

const cartPole = { algo: "dqn", env: "CartPole-v1", threshold: 475 } as const;

reach([
  cartPole,
  { ...cartPole, variant: "double", options: { double: true } },
  { ...cartPole, variant: "dueling", options: { dueling: true } },
  { ...cartPole, variant: "prioritised", options: { prioritised: true } },
  { algo: "dqn", env: "Acrobot-v1", threshold: -100 },
]);
