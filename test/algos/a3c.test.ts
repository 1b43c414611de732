/**
 * A3C: what workers find out, how the learner takes it in, and threads that come to the same as turns. Threads need files that exist, so
 * those tests run the built package.
 */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type ActorLearnerOptions, createActorLearner } from "../../src/algos/a3c/actor-learner.js";
import { type ActorCriticBatch, actorCriticLoss, inputsOf, stepsOf, tensorsOf } from "../../src/algos/on-policy.js";
import { environments } from "../../src/envs/registry.js";
import { ActorCritic } from "../../src/nn/actor-critic.js";
import { type BackendName, startBackend } from "../../src/nn/backend.js";
import { ParameterVector } from "../../src/nn/parameter-vector.js";
import { decodePolicy, type NamedTensor } from "../../src/policy/format.js";
import { type Training, train } from "../../src/run/train.js";
import { lossAndGradients } from "../oracle/losses.js";

const DIST = new URL("../../dist/", import.meta.url);
const built = (await import(new URL("index.js", DIST).href)) as typeof import("../../src/index.js");
const crew = (await import(new URL("algos/a3c/crew.js", DIST).href)) as typeof import("../../src/algos/a3c/crew.js");

/** The same operations in another order, relative to the largest component. Measured: 0. */
const GRADIENT_TOLERANCE = 1e-6;
/** Forty steps of RMSProp in float32, of gradients at parameters that differ as much. Measured: 5e-7. */
const PARAMETER_TOLERANCE = 1e-5;

const NETWORK = { hidden: [8], activation: "tanh", sharedTrunk: false, stateDependentStd: false, logStdInit: 0 } as const;
const LOSS = { entropyCoefficient: 0.01, valueCoefficient: 0.5, normalizeAdvantage: false } as const;
const OPTIONS: ActorLearnerOptions = { ...NETWORK, ...LOSS, numEnvs: 3, steps: 5, gamma: 0.99, lambda: 1 };
const WORKERS = 3;
const UPDATES = 40;
const RUN = {
  ...OPTIONS,
  algo: "a3c",
  seed: 5,
  workers: WORKERS,
  learningRate: 3e-3,
  maxGradNorm: 0.5,
  totalSteps: UPDATES * 15,
} as const;
const ENVIRONMENTS = ["CartPole-v1", "Pendulum-v1"] as const;
type Environment = (typeof ENVIRONMENTS)[number];

const sessionOf = async (env: Environment, backend: BackendName = "wasm") => ({
  spec: environments[env],
  backend: await startBackend(backend),
  seed: RUN.seed,
  totalSteps: RUN.totalSteps,
});

async function tensorsOfRun(training: Training): Promise<Map<string, NamedTensor>> {
  for await (const _ of training);
  return (await decodePolicy(await (await training.policy()).bytes())).tensors;
}

describe.each(ENVIRONMENTS)("a worker on %s", (env) => {
  it.each(["wasm", "cpu"] as const)("gives the gradient of the loss at the parameters that it got, on %s", async (name) => {
    const session = await sessionOf(env, name);
    const { backend, spec } = session;
    const worker = await createActorLearner(session, OPTIONS, 1);
    const twin = new ActorCritic(backend, inputsOf(session, {}), spec.actionSpace, NETWORK, 1);
    for (let round = 0; round < 3; round++) {
      const given = worker.parameters.read().map((value, i) => Math.fround(value + 0.02 * ((i % 7) - 3)));
      const { gradient, scalars } = await worker.contribute(given);
      new ParameterVector(backend, twin.parameters.list).write(given);
      const batchOf = () => tensorsOf<ActorCriticBatch>(backend, stepsOf(worker.rollout));
      const wanted = lossAndGradients(twin.parameters, batchOf, (batch) => actorCriticLoss(twin, batch, LOSS));
      const numbers = Object.values(wanted.gradients).flat();
      const largest = Math.max(...numbers.map(Math.abs));
      expect(largest).toBeGreaterThan(0.01);
      expect(gradient).toHaveLength(numbers.length);
      expect(Math.max(...numbers.map((x, i) => Math.abs(x - (gradient[i] as number)))) / largest).toBeLessThan(GRADIENT_TOLERANCE);
      expect(scalars).toMatchObject(wanted.scalars);
    }
    backend.dispose();
  });

  it("plays other episodes than the others do", async () => {
    const session = await sessionOf(env);
    const observations = [];
    for (const index of [0, 1, 2]) {
      const worker = await createActorLearner(session, OPTIONS, index);
      await worker.contribute(worker.parameters.read());
      observations.push(worker.rollout.columns.observation.data.slice(0, 12).join());
    }
    expect(new Set(observations).size).toBe(3);
    session.backend.dispose();
  });
});

/** The loop once more, in float64: gradients in turn, RMSProp's memory shared by all, ε inside of the root. */
async function parametersByDefinition(env: Environment): Promise<Float64Array> {
  const session = await sessionOf(env);
  const workers = await Promise.all(Array.from({ length: WORKERS }, (_, index) => createActorLearner(session, OPTIONS, index)));
  const parameters = (workers[0] as (typeof workers)[0]).parameters.read();
  const square = new Float64Array(parameters.length);
  const given = workers.map(() => parameters.slice());
  for (let update = 0; update < UPDATES; update++) {
    const turn = update % WORKERS;
    const { gradient } = await (workers[turn] as (typeof workers)[0]).contribute(given[turn] as Float64Array);
    const norm = Math.sqrt(gradient.reduce((sum, x) => sum + x * x, 0));
    const scale = Math.min(1, RUN.maxGradNorm / (norm + 1e-6));
    gradient.forEach((raw, i) => {
      const g = scale * raw;
      square[i] = 0.99 * (square[i] as number) + 0.01 * g * g;
      parameters[i] = (parameters[i] as number) - (RUN.learningRate * g) / Math.sqrt((square[i] as number) + 1e-5);
    });
    given[turn] = parameters.slice();
  }
  session.backend.dispose();
  return parameters;
}

describe.each(ENVIRONMENTS)("a run on %s", (env) => {
  it("takes gradients in turn, each of parameters as old as there are other workers", async () => {
    const tensors = await tensorsOfRun(train({ ...RUN, env, threaded: false }));
    const got = [...tensors.values()].flatMap(({ data }) => [...data]);
    const wanted = [...(await parametersByDefinition(env))];
    expect(got).toHaveLength(wanted.length);
    expect(Math.max(...got.map((x, i) => Math.abs(x - (wanted[i] as number))))).toBeLessThan(PARAMETER_TOLERANCE);
  });

  it("learns the same in threads as in turns, and something else with another number of workers", async () => {
    const weightsOf = async (more: object) => [...(await tensorsOfRun(built.train({ ...RUN, env, ...more }) as Training))];
    const threads = await weightsOf({ threaded: true });
    expect(threads).toEqual(await weightsOf({ threaded: true }));
    expect(threads).toEqual(await weightsOf({ threaded: false }));
    expect(threads).not.toEqual(await weightsOf({ threaded: false, workers: 2 }));
  });
});

it("environments whose functions can't cross over are stepped in turns", async () => {
  const run = built.train({ ...RUN, env: "FrozenLake-v1", threaded: true });
  let steps = 0;
  for await (const m of run) steps = m.steps;
  expect(steps).toBe(RUN.totalSteps);
});

describe("threads", () => {
  it("are gone once the loop is left", () => {
    const program = `
      import { train } from "${new URL("index.js", DIST)}";
      for await (const m of train({ algo: "a3c", env: "CartPole-v1", workers: 2, totalSteps: 1e7 })) break;
      console.log("left");
    `; // a thread that lived on would keep the process
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8", timeout: 30_000 });
    expect({ stdout, status }).toEqual({ stdout: "left\n", status: 0 });
  });

  it("that fail end the run with their reason", async () => {
    const env = { ...environments["CartPole-v1"], module: new URL("no-such-environment.wasm", DIST) };
    const run = built.train({ ...RUN, env });
    await expect(run.next()).rejects.toThrow(/^the A3C worker 0 failed: .*no-such-environment\.wasm/);
    expect((await run.next()).done).toBe(true);
  });

  it("that die reject what is pending", async () => {
    const { module, ...spec } = environments["CartPole-v1"] as { module: URL } & (typeof environments)["CartPole-v1"];
    const shared = { backend: "wasm", kernels: "lanewise", seed: 1, options: OPTIONS, index: 4 } as const;
    const member = await crew.threadOf({ ...shared, spec: { ...spec, module: module.href } });
    member.give(new Float64Array(1));
    const pending = member.take();
    member.dispose();
    await expect(pending).rejects.toThrow(/^the A3C worker 4 died: /);
  });
});
