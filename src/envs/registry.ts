/** Every environment by its id. A new one takes one entry here and one line in assembly/modules.mjs. */
import { ensure, lookUp } from "../core/errors.js";
import { box, discrete } from "../core/spaces.js";
import type { CompiledSpec, EnvironmentSpec, HostedSpec } from "./spec.js";
import { cliffWalking } from "./tabular/cliff-walking.js";
import { frozenLake, LAKE_4X4, LAKE_8X8 } from "./tabular/frozen-lake.js";
import { gridWorld } from "./tabular/grid-world.js";
import { tabular } from "./tabular/spec.js";
import { taxi } from "./tabular/taxi.js";

type Entry = Omit<CompiledSpec, "id"> | Omit<HostedSpec, "id">;

const GYMNASIUM_STEPS = "Gymnasium 1.4.0, every recorded step";
const GYMNASIUM_TABLE = "Gymnasium 1.4.0, its transition table";

const specs = {
  "CartPole-v1": {
    observationSpace: box([-4.8, -Infinity, -0.41887903, -Infinity], [4.8, Infinity, 0.41887903, Infinity]),
    actionSpace: discrete(2),
    timeLimit: 500,
    rewardThreshold: 475,
    checkedAgainst: GYMNASIUM_STEPS,
    module: new URL("../../build/cartpole.wasm", import.meta.url),
  },
  "MountainCar-v0": {
    observationSpace: box([-1.2, -0.07], [0.6, 0.07]),
    actionSpace: discrete(3),
    timeLimit: 200,
    rewardThreshold: -110,
    checkedAgainst: GYMNASIUM_STEPS,
    module: new URL("../../build/mountain-car.wasm", import.meta.url),
  },
  "MountainCarContinuous-v0": {
    observationSpace: box([-1.2, -0.07], [0.6, 0.07]),
    actionSpace: box([-1], [1]),
    timeLimit: 999,
    rewardThreshold: 90,
    checkedAgainst: GYMNASIUM_STEPS,
    module: new URL("../../build/mountain-car-continuous.wasm", import.meta.url),
  },
  "Pendulum-v1": {
    observationSpace: box([-1, -1, -8], [1, 1, 8]),
    actionSpace: box([-2], [2]),
    timeLimit: 200,
    checkedAgainst: GYMNASIUM_STEPS,
    module: new URL("../../build/pendulum.wasm", import.meta.url),
  },
  "Acrobot-v1": {
    observationSpace: box([-1, -1, -1, -1, -12.566371, -28.274334], [1, 1, 1, 1, 12.566371, 28.274334]),
    actionSpace: discrete(3),
    timeLimit: 500,
    rewardThreshold: -100,
    checkedAgainst: GYMNASIUM_STEPS,
    module: new URL("../../build/acrobot.wasm", import.meta.url),
  },
  "FrozenLake-v1": { ...tabular(frozenLake(LAKE_4X4)), timeLimit: 100, rewardThreshold: 0.7, checkedAgainst: GYMNASIUM_TABLE },
  "FrozenLake8x8-v1": { ...tabular(frozenLake(LAKE_8X8)), timeLimit: 200, rewardThreshold: 0.85, checkedAgainst: GYMNASIUM_TABLE },
  "CliffWalking-v1": { ...tabular(cliffWalking()), timeLimit: 0, checkedAgainst: GYMNASIUM_TABLE },
  "Taxi-v3": { ...tabular(taxi()), timeLimit: 200, rewardThreshold: 8, checkedAgainst: "its documented rules" },
  "GridWorld-v0": gridWorld(),
} as const satisfies Record<string, Entry>;

/** The id of an environment that comes with lanewise: "CartPole-v1". */
export type EnvironmentId = keyof typeof specs;

/** Every environment by its id: those that come with lanewise, and those that {@link registerEnv} added. */
export const environments = Object.fromEntries(Object.entries(specs).map(([id, spec]) => [id, { id, ...spec }])) as unknown as Readonly<
  Record<EnvironmentId, EnvironmentSpec>
>;

/** Makes an environment known by its id, to `train`, `evaluate` and the command line alike. */
export function registerEnv<S extends EnvironmentSpec>(spec: S): S {
  const { id } = spec;
  ensure(!Object.hasOwn(environments, id), () => `there is an environment ${id} already; give yours another id`);
  (environments as Record<string, EnvironmentSpec>)[id] = spec;
  return spec;
}

/** Whether every thread knows the environment by its id. */
export function isBuiltIn(spec: EnvironmentSpec): boolean {
  return Object.hasOwn(specs, spec.id) && environments[spec.id as EnvironmentId] === spec;
}

/** The environment that an id stands for, or the one that is given. */
export function environmentOf(env: string | EnvironmentSpec): EnvironmentSpec {
  return typeof env === "string" ? lookUp("environment", environments, env) : env;
}
