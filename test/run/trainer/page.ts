/** What a web page does with a trainer, for chromium.test.ts. */
import type { TrainOptions } from "../../../src/run/train.js";
import { createTrainer } from "../../../src/run/trainer.js";

/** Trains to the end while lanes are looked at in every frame. Returns the policy's checksum. */
export async function learn(options: TrainOptions) {
  const trainer = await createTrainer();
  await trainer.start(options);
  const training = (async () => {
    let iterations = 0;
    for await (const _ of trainer) iterations++;
    return iterations;
  })();
  let frames = 0;
  for (; await trainer.columns(); frames++) await nextFrame();
  const iterations = await training;
  const { sha256 } = await trainer.policy();
  trainer.terminate();
  return { sha256, iterations, frames };
}

/** A task of the page's own, of a tenth of a second and more. */
export async function block(additions: number) {
  await nextFrame();
  let sum = 0;
  for (let i = 0; i < additions; i++) sum += Math.sqrt(i);
  return sum;
}

/** What becomes of calls that are pending when the worker at this address gets into trouble. */
export async function pending(worker: string) {
  const trainer = await createTrainer({ worker });
  const calls = [trainer.start({ algo: "ppo", env: "CartPole-v1" }), trainer.next()];
  return (await Promise.allSettled(calls)).map((call) => (call.status === "rejected" ? String(call.reason.message) : "answered"));
}

/** The same, of a worker that is terminated. */
export async function terminated(options: TrainOptions) {
  const trainer = await createTrainer();
  await trainer.start(options);
  await trainer.next();
  const calls = [trainer.evaluate({ episodes: 100_000 }), trainer.policy()];
  trainer.terminate();
  return (await Promise.allSettled(calls)).map((call) => (call.status === "rejected" ? String(call.reason.message) : "answered"));
}

/** An error from the worker, as it arrives. */
export async function refused(options: TrainOptions) {
  const trainer = await createTrainer();
  const error: Error = await trainer.start(options).then(
    () => new Error("it was not refused"),
    (reason) => reason,
  );
  trainer.terminate();
  return { name: error.name, message: error.message, stack: error.stack };
}

function nextFrame(): Promise<number> {
  return new Promise(requestAnimationFrame);
}
