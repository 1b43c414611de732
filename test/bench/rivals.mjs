/**
 * A policy's ONNX export in onnxruntime, native (where `npm install --no-save onnxruntime-node` has put it) and in WebAssembly, one thread each:
 * one observation at a time.
 */
import { consume, now, spread } from "./measure.mjs";

const RUNTIMES = { "onnxruntime-node": "onnxruntime-node", "onnxruntime-web, WASM": "onnxruntime-web/wasm" };

/**
 * They answer with promises, so that their turns alternate among themselves, not with what answers at once.
 * @param {Uint8Array} model
 * @param {readonly number[]} observation
 * @param {import("./measure.mjs").Budget} budget
 * @param {(line: string) => void} note told what is not installed
 */
export async function onnxTimings(model, observation, { rounds, sample }, note) {
  const contenders = [];
  for (const [name, module] of Object.entries(RUNTIMES)) {
    const run = await sessionOf(module, model, observation).catch(({ message }) => note(`  without ${name}: ${message.split("\n")[0]}`));
    if (run) contenders.push({ name, run, count: Math.ceil(sample / (await secondsOf(run, name, 50))), seconds: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { name, run, count, seconds } of contenders) seconds.push(await secondsOf(run, name, count));
  }
  return contenders.map(({ name, seconds }) => ({ name, ...spread(seconds) }));
}

async function sessionOf(module, model, observation) {
  const ort = await import(module);
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const data = Float32Array.from(observation);
  return async () => {
    data[0] = -data[0];
    const { action } = await session.run({ observation: new ort.Tensor("float32", data, [1, data.length]) });
    return Number(action.data[0]);
  };
}

/** Seconds of one run. */
async function secondsOf(run, name, count) {
  let total = 0;
  const start = now();
  for (let i = 0; i < count; i++) total += await run();
  const seconds = (now() - start) / count;
  consume(total, name);
  return seconds;
}
