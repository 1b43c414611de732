/** The work that every host does, and what it leaves behind. Each entry (command.mjs, page.mjs, worker.mjs) brings what its host has. */

export const TASK = { algo: "ppo", env: "CartPole-v1", seed: 1, totalSteps: 20_000 };
export const EPISODES = 100;

/**
 * Trains, saves the policy, loads it and plays it.
 * @param keep saves a file, and returns where it is
 */
export async function train({ lanewise, loadPolicy, keep }) {
  const run = lanewise.train(TASK);
  for await (const _ of run);
  const file = await (await run.policy()).bytes();
  const policy = await loadPolicy(await keep(file));
  const { returns } = await lanewise.evaluate(policy, { episodes: EPISODES });
  return { file: [...file], returns };
}

/** The checksums of one policy, trained by this thread alone, in a worker, and with the help of workers. */
export async function share({ lanewise }) {
  const task = { ...TASK, totalSteps: 4096, numEnvs: 16, steps: 128, batchSize: 1024 };
  const here = async (options) => {
    const run = lanewise.train({ ...task, ...options });
    for await (const _ of run);
    return (await run.policy()).sha256;
  };
  const trainer = await lanewise.createTrainer();
  await trainer.start(task);
  for await (const _ of trainer);
  const { sha256 } = await trainer.policy();
  trainer.terminate();
  return { alone: await here({}), inWorker: sha256, updates: await here({ threads: 2 }), lanes: await here({ workers: 2 }) };
}

/** What a policy of any form does with observations [k,D], likeliest and by chance, all at once and one by one. */
export function actions(policy, observations, size) {
  policy.seed(7);
  const rows = Array.from({ length: observations.length / size }, (_, i) => observations.slice(i * size, (i + 1) * size));
  const plain = (action) => (typeof action === "number" ? action : [...action]);
  return {
    logits: [...policy.logits(observations)],
    likely: [...policy.actBatch(observations)],
    sampled: [...policy.actBatch(observations, { deterministic: false })],
    oneByOne: rows.map((row) => plain(policy.act(row, { deterministic: false }))),
  };
}

/**
 * Acts with the forms of every exported policy that the host can load.
 * @param list of the policies: their names, the sizes of an observation, and observations
 * @param formsOf the forms of the policy of that name
 */
export async function act({ list, formsOf }) {
  const results = {};
  for (const { name, size, observations } of list) {
    const forms = Object.entries(await formsOf(name));
    results[name] = Object.fromEntries(forms.map(([form, policy]) => [form, actions(policy, observations, size)]));
  }
  return results;
}

/**
 * What {@link act} needs where WebAssembly may be compiled.
 * @param base where the folders of the policies are
 * @param read the bytes at a URL
 */
export async function exported({ loadPolicy, base, read }) {
  return {
    list: JSON.parse(new TextDecoder().decode(await read(new URL("policies.json", base)))),
    async formsOf(name) {
      const at = (path) => new URL(`${name}/${path}`, base);
      const { policy: js } = await import(at("policy.js").href);
      const { createPolicy } = await import(at("wasm/policy.js").href);
      const wasm = await createPolicy(await WebAssembly.compile(await read(at("wasm/policy.wasm"))));
      return { policy: await loadPolicy(at("policy.safetensors")), js, wasm };
    },
  };
}
