/** What the tests of WebGPU run, in Node and in a page alike: losses on two backends, and training with its crossings counted. */
import * as tf from "@tensorflow/tfjs";
import { type PpoMinibatch, ppoLoss } from "../../../src/algos/ppo.js";
import { box, discrete, type Space, sizeOf } from "../../../src/core/spaces.js";
import { type BackendChoice, chooseBackend, type TrainOptions, train } from "../../../src/index.js";
import { ActorCritic } from "../../../src/nn/actor-critic.js";
import { type Backend, type BackendName, startBackend } from "../../../src/nn/backend.js";
import { differentiate } from "../../../src/nn/update.js";
import { decodePolicy } from "../../../src/policy/format.js";
import { column } from "../../../src/wasm/heap.js";

export { learned } from "./learning.js";

const INPUTS = 4;
const BATCH = 32;
const SEED = 3;
const NETWORK = { hidden: [32, 16], activation: "tanh", sharedTrunk: false, logStdInit: -0.5 } as const;
const LOSS = { entropyCoefficient: 0.01, valueCoefficient: 0.5, valueClipRange: 0.2, normalizeAdvantage: true } as const;

const KINDS = {
  "indices for actions": { space: discrete(3), stateDependentStd: false },
  "vectors for actions": { space: box([-1, -1], [1, 1]), stateDependentStd: false },
  "vectors with σ of the state": { space: box([-1, -1], [1, 1]), stateDependentStd: true },
} as const;

interface Differentiated {
  readonly diagnostics: Readonly<Record<string, number>>;
  /** All parameters', one after the other. */
  readonly gradient: Float32Array;
}

export interface Difference {
  readonly kind: string;
  /** The largest of the loss and its parts, relative to 1 + its size. */
  readonly loss: number;
  /** The largest, relative to the largest component of WASM's gradient. */
  readonly gradient: number;
  readonly largestComponent: number;
}

/** How far PPO's loss and its gradient on a backend are from those on WASM, for each kind of action. */
export async function lossDifferences(name: BackendName): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const [kind, { space, stateDependentStd }] of Object.entries(KINDS)) {
    const wanted = await differentiated("wasm", space, stateDependentStd);
    const got = await differentiated(name, space, stateDependentStd);
    const largestComponent = Math.max(...wanted.gradient.map(Math.abs));
    const loss = Object.entries(wanted.diagnostics).map(
      ([part, x]) => Math.abs(x - (got.diagnostics[part] ?? Number.NaN)) / (1 + Math.abs(x)),
    );
    const gradient = Array.from(wanted.gradient, (x, i) => Math.abs(x - (got.gradient[i] ?? Number.NaN)) / largestComponent);
    differences.push({ kind, loss: Math.max(...loss), gradient: Math.max(...gradient), largestComponent });
  }
  return differences;
}

async function differentiated(name: BackendName, space: Space, stateDependentStd: boolean): Promise<Differentiated> {
  const backend = await startBackend(name);
  const network = new ActorCritic(backend, INPUTS, space, { ...NETWORK, stateDependentStd }, SEED);
  const { grads, diagnostics } = differentiate(network.parameters, () => ppoLoss(network, exampleBatch(backend, space), LOSS));
  const read = await Promise.all([...Object.values(diagnostics), ...grads].map((tensor) => backend.read(tensor)));
  const names = Object.keys(diagnostics);
  const scalars = Object.fromEntries(names.map((part, i) => [part, read[i]?.[0] as number]));
  tf.dispose([grads, Object.values(diagnostics)]);
  backend.dispose();
  return { diagnostics: scalars, gradient: Float32Array.from(read.slice(names.length).flatMap((values) => [...values])) };
}

/** Normals from our generator, the same on every backend; ratios and values lie on both sides of every clipping. */
function exampleBatch(backend: Backend, space: Space): PpoMinibatch {
  let draws = 0;
  const normals = (shape: readonly number[], scale = 1, centre = 0) => {
    const made = column(backend.heap, shape);
    backend.kernels.fillNormal(made.address, made.length, SEED, 1, draws++);
    made.data.forEach((x, i, data) => {
      data[i] = centre + scale * x;
    });
    return made;
  };
  const index = column(backend.heap, [BATCH], "int32");
  if (space.kind === "discrete") index.data.set(normals([BATCH], 100).data.map((x) => Math.floor(Math.abs(x)) % space.n));
  const typicalLogProb = space.kind === "discrete" ? -1.1 : -2.3;
  const columns = {
    observation: normals([BATCH, INPUTS]),
    action: space.kind === "discrete" ? index : normals([BATCH, sizeOf(space)], 0.8),
    logProb: normals([BATCH], 0.3, typicalLogProb),
    value: normals([BATCH], 0.3),
    advantage: normals([BATCH], 2, 0.3),
    returns: normals([BATCH]),
    clipRange: normals([], 0, 0.2),
  };
  return Object.fromEntries(Object.entries(columns).map(([name, made]) => [name, backend.tensor(made)])) as unknown as PpoMinibatch;
}

/** Why the backend doesn't start; undefined if it does. */
export async function refusal(name: BackendName): Promise<string | undefined> {
  return startBackend(name).then(
    (backend) => void backend.dispose(),
    ({ name: type, message }: Error) => `${type}: ${message}`,
  );
}

/** What went over in one iteration. */
export interface Crossings {
  /** Transfers from the GPU. */
  readonly reads: number;
  /** Sizes of the arrays of more than one number that went to the GPU, in rising order. */
  readonly uploads: readonly number[];
}

export interface TrainedRun {
  readonly crossings: readonly Crossings[];
  readonly meanReturns: readonly number[];
  /** The policy's numbers at the end. */
  readonly weights: readonly number[];
}

interface Inside {
  uploadToGPU(id: object): void;
  getBufferData(buffer: object): Promise<ArrayBuffer>;
  readonly tensorMap: { get(id: object): { readonly resource?: object; readonly values?: ArrayLike<number> | null } };
}

/** Trains, and counts on WebGPU what goes to the GPU and back in each iteration. */
export async function training(options: TrainOptions): Promise<TrainedRun> {
  const counts = options.backend === "webgpu" ? await countedCrossings() : undefined;
  const run = train(options);
  const crossings: Crossings[] = [];
  const meanReturns: number[] = [];
  for await (const { meanReturn } of run) {
    meanReturns.push(meanReturn);
    if (counts) crossings.push(counts.take());
  }
  const { tensors } = await decodePolicy(await (await run.policy()).bytes());
  return { crossings, meanReturns, weights: [...tensors.values()].flatMap(({ data }) => [...data]) };
}

/** {@link training} of one after the other, which compiles shaders once for all. */
export async function trainings(list: readonly TrainOptions[]): Promise<TrainedRun[]> {
  const runs: TrainedRun[] = [];
  for (const options of list) runs.push(await training(options));
  return runs;
}

/** What is chosen for these options, and the parameters of the run that `auto` then makes. */
export async function automatic(options: TrainOptions): Promise<{ choice: BackendChoice; weights: readonly number[] }> {
  const choice = await chooseBackend(options);
  return { choice, weights: (await training({ ...options, backend: "auto" })).weights };
}

/** TensorFlow.js's WebGPU backend, with its two ways between memories counted. */
async function countedCrossings(): Promise<{ take(): Crossings }> {
  (await startBackend("webgpu")).dispose();
  const inside = tf.backend() as unknown as Inside;
  const [upload, read] = [inside.uploadToGPU, inside.getBufferData];
  let reads = 0;
  let uploads: number[] = [];
  inside.uploadToGPU = function (this: Inside, id) {
    const { resource, values } = this.tensorMap.get(id);
    if (!resource && values && values.length > 1) uploads.push(values.length);
    upload.call(this, id);
  };
  inside.getBufferData = function (this: Inside, buffer) {
    reads++;
    return read.call(this, buffer);
  };
  return {
    take() {
      const seen = { reads, uploads: uploads.sort((a, b) => a - b) };
      [reads, uploads] = [0, []];
      return seen;
    },
  };
}
