/** PPO with its presets. */
import { reach } from "./reach.js";

reach([
  { algo: "ppo", env: "CartPole-v1", threshold: 475, seeds: [0, 1, 2, 3, 4] },
  { algo: "ppo", env: "CartPole-v1", variant: "penalty", options: { objective: "penalty" }, threshold: 475 },
  { algo: "ppo", env: "CartPole-v1", variant: "dual", options: { objective: "dual" }, threshold: 475 },
  { algo: "ppo", env: "CartPole-v1", variant: "stock kernels", options: { kernels: "stock" }, threshold: 475, seeds: [0] },
  { algo: "ppo", env: "Pendulum-v1", threshold: -250 },
  { algo: "ppo", env: "Acrobot-v1", threshold: -100 },
  { algo: "ppo", env: "MountainCarContinuous-v0", threshold: 85 },
  { algo: "ppo", env: "MountainCar-v0", threshold: -130 },
]);
