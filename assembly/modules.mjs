/**
 * Everything the build compiles. An environment takes one line: its file in envs/ and the class that is its physics.
 */
export const environments = {
  cartpole: "CartPole",
  "mountain-car": "MountainCar",
  "mountain-car-continuous": "MountainCarContinuous",
  pendulum: "Pendulum",
  acrobot: "Acrobot",
};

/** Modules that are their own entry, with the largest size in bytes that each may grow to. Threads run those that are `shared`; `small` ones travel. */
export const kernels = {
  nn: { entry: "nn/index.ts", budget: 52_000, shared: true },
  acting: { entry: "acting.ts", budget: 10_000 },
  policy: { entry: "policy.ts", budget: 10_500 },
  inflate: { entry: "inflate.ts", budget: 900, small: true },
  replay: { entry: "replay/index.ts", budget: 8_000 },
  returns: { entry: "returns/index.ts", budget: 6_000 },
  rollout: { entry: "rollout.ts", budget: 24_000 },
  tabular: { entry: "envs/tabular.ts", budget: 4_000 },
};

/** The largest size in bytes of an environment's module. */
export const environmentBudget = 16_000;

/** The entry and the virtual sources that bind envs/driver.ts to one environment. */
export function bindEnvironment(name, physics) {
  return {
    entry: "envs/driver.ts",
    files: { "envs/physics.ts": `export { ${physics} as Physics, ACTION_SIZE, DISCRETE, OBSERVATION_SIZE } from "./${name}";` },
  };
}
