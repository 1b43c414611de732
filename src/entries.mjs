/** The modules of dist/web that stand for themselves, and what of dist each is made of. */
export const ENTRIES = {
  lanewise: "index.js",
  policy: "policy/index.js",
  player: "../demo/src/player.ts",
  "trainer-worker": "run/trainer-worker.js",
  "update-worker": "nn/threads/update-worker.js",
  "a3c-worker": "algos/a3c/a3c-worker.js",
  "rollout-worker": "rollout/parallel/rollout-worker.js",
};
