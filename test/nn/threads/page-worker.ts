/** A learner in a page's worker, for chromium.test.ts: trains with the options that it is sent, and answers with the policy's fingerprint. */
import { type TrainOptions, train } from "../../../src/index.js";
import { startBackend } from "../../../src/nn/backend.js";

addEventListener("message", async ({ data }: MessageEvent<TrainOptions>) => {
  try {
    const backend = await startBackend("wasm", "lanewise", data.threads);
    const { threads } = backend;
    backend.dispose();
    const run = train(data);
    for await (const _ of run);
    postMessage({ threads, sha256: (await run.policy()).sha256 });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
