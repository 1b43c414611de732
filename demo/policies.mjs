/** Trains the policies of the gallery and of the demo's first sight: `npm run build && node demo/policies.mjs`. */
import { mkdir, writeFile } from "node:fs/promises";
import { evaluate, train } from "../dist/index.js";

const RUNS = [
  { algo: "ppo", env: "CartPole-v1", seed: 1 },
  { algo: "ppo", env: "Pendulum-v1", seed: 1 },
  { algo: "ppo", env: "MountainCarContinuous-v0", seed: 1 },
  { algo: "ppo", env: "Acrobot-v1", seed: 1, totalSteps: 200_000 },
  { algo: "value-iteration", env: "FrozenLake8x8-v1", seed: 1 },
  { algo: "value-iteration", env: "Taxi-v3", seed: 1 },
];

const folder = new URL("public/policies/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const options of RUNS) {
  const run = train(options);
  for await (const _ of run);
  const policy = await run.policy();
  await writeFile(new URL(`${options.env}.safetensors`, folder), await policy.bytes());
  const { meanReturn } = await evaluate(policy);
  console.log(`${options.env}: mean return ${meanReturn.toFixed(1)} over 100 episodes`);
}
