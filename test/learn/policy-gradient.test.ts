/** The plain policy gradients with their presets. */
import { reach } from "./reach.js";

reach([
  { algo: "reinforce", env: "CartPole-v1", threshold: 450 },
  { algo: "vpg", env: "CartPole-v1", threshold: 450 },
  { algo: "actor-critic", env: "CartPole-v1", threshold: 450 },
  { algo: "online-actor-critic", env: "CartPole-v1", threshold: 195 },
  { algo: "q-actor-critic", env: "CartPole-v1", threshold: 195 },
  { algo: "a2c", env: "CartPole-v1", threshold: 450 },
  { algo: "a2c", env: "Acrobot-v1", threshold: -100 },
  { algo: "a2c", env: "MountainCar-v0", threshold: -130 },
  { algo: "a2c", env: "MountainCarContinuous-v0", threshold: 85 },
  { algo: "a2c", env: "Pendulum-v1", threshold: -300 },
]);
