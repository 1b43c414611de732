/** Trains PPO on CartPole in the page, then plays the policy. */
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { environments, evaluate, makeVec, train } from "../dist/index.js";
import { drawCartPole } from "./draw.js";

setWasmPaths(new URL("../../node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url).href);

const button = document.querySelector("#train");
const status = document.querySelector("#status");
const context = document.querySelector("#stage").getContext("2d");
const nextFrame = () => new Promise(requestAnimationFrame);

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    await play(await learn());
  } catch (error) {
    status.textContent = `${error.name}: ${error.message}`;
  }
});

async function learn() {
  const run = train({ algo: "ppo", env: "CartPole-v1", seed: 1 });
  let shownAt = 0;
  for await (const { steps, totalSteps, meanReturn, stepsPerSecond } of run) {
    if (performance.now() - shownAt < 50) continue;
    shownAt = performance.now();
    status.textContent = `${steps.toLocaleString()} of ${totalSteps.toLocaleString()} steps, mean return ${meanReturn.toFixed(1)}, ${Math.round(stepsPerSecond).toLocaleString()} steps/s`;
    await nextFrame();
  }
  const policy = await run.policy();
  const { meanReturn, episodes } = await evaluate(policy);
  status.textContent = `Trained: mean return ${meanReturn.toFixed(1)} over ${episodes} episodes. Playing.`;
  return policy;
}

async function play(policy) {
  const env = await makeVec(environments["CartPole-v1"], { numEnvs: 1 });
  let observation = env.reset(Date.now() % 2 ** 32);
  for (;;) {
    drawCartPole(context, env.state(0));
    observation = env.step(policy.actBatch(observation)).observation;
    await nextFrame();
  }
}
