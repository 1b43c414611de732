/**
 * A rollout that several workers play, each in some of the lanes, with the parameters that the learner has at the time. A lane's random
 * numbers depend on the seed and its number alone, so the result is that of one thread, bit for bit, however many workers there are and
 * whichever is done first. Only normalised observations depend on their number: within a rollout each worker normalises with what its own
 * lanes add to the common statistics; afterwards these are merged, worker by worker.
 */
import { ensure } from "../../core/errors.js";
import type { RunState } from "../../core/run-state.js";
import { pack } from "../../envs/portable.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import { makeVec } from "../../envs/vec-env.js";
import type { Column, Heap } from "../../wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../../wasm/kernels.js";
import { wasmUrl } from "../../wasm/modules.js";
import { type ActingNetwork, Rollout, type RolloutOptions, rolloutParts } from "../rollout.js";
import { bitsOf, recorded } from "./block.js";
import { CrewMember, canShare, sharesOf } from "./crew.js";
import { packNetwork } from "./network.js";
import { standIn } from "./stand-in.js";
import { mergeStatistics } from "./statistics.js";

export interface ParallelOptions {
  readonly numEnvs: number;
  /** How many. */
  readonly workers: number;
  /** Whether workers share memory with the learner, as they do unless told otherwise where threads can; else memory is handed to and fro. */
  readonly isShared?: boolean;
}

export class ParallelRollout extends Rollout {
  #isRestarting = false;

  /** Use {@link createParallelRollout}. */
  constructor(
    readonly crew: readonly CrewMember[],
    /** What the network is made of; it goes to the workers with every order. */
    readonly parameters: readonly Column<"float32">[],
    readonly nn: NnKernels,
    ...parts: ConstructorParameters<typeof Rollout>
  ) {
    super(...parts);
  }

  override restart(): void {
    this.#isRestarting = true;
  }

  override async collect(): Promise<void> {
    const order = { restarts: this.#isRestarting, isUniform: this.sampler.isUniform };
    this.#isRestarting = false;
    for (const member of this.crew) this.#hand(member);
    await Promise.all(this.crew.map((member) => member.collect(order)));
    for (const member of this.crew) this.#gather(member);
    this.#mergeStatistics();
    this.scaleRewards();
  }

  override keepIn(state: RunState): void {
    state.keep("sampler", this.sampler);
    state.keep("rollout", this);
    for (const member of this.crew) state.keep(`lanes from ${member.share.firstLane}`, member);
  }

  /** Ends the workers. */
  dispose(): void {
    for (const member of this.crew) member.dispose();
  }

  #hand({ block }: CrewMember): void {
    let at = 0;
    for (const { data } of this.parameters) {
      block.parameters.set(data, at);
      at += data.length;
    }
    block.statistics.set(this.statistics);
  }

  /** Brings what a worker recorded `[T,n,…]` to its lanes of `[T,N,…]`. */
  #gather({ block, share: { firstLane, numEnvs } }: CrewMember): void {
    for (const [name, column] of recorded(this.columns)) {
      const [own, all] = [block.column(name), bitsOf(column)];
      const [rows = 0] = column.shape;
      const width = all.length / (rows * this.env.numEnvs);
      for (let t = 0; t < rows; t++) {
        const from = t * numEnvs * width;
        all.set(own.subarray(from, from + numEnvs * width), (t * this.env.numEnvs + firstLane) * width);
      }
    }
  }

  #mergeStatistics(): void {
    if (!this.normalizer) return;
    const { mean, scale, statistics } = this.normalizer;
    const seen = this.crew.map(({ block }) => block.statistics);
    mergeStatistics(this.statistics, this.statistics.slice(), seen);
    this.nn.exportStatistics(mean.address, scale.address, statistics.address, mean.length);
  }
}

/** Refuses more workers than environments. */
export function checkWorkers({ numEnvs, workers = 1 }: { numEnvs: number; workers?: number }): void {
  ensure(
    workers <= numEnvs,
    () => `${workers} workers are more than the ${numEnvs} environments that they would share: numEnvs has to grow`,
  );
}

/**
 * Starts the workers. Throws a UsageError if the environment can't go to another thread.
 * @param heap where the network lives, and the columns
 */
export async function createParallelRollout(
  spec: EnvironmentSpec,
  heap: Heap,
  network: ActingNetwork,
  options: RolloutOptions,
  { numEnvs, workers, isShared = canShare() }: ParallelOptions,
): Promise<ParallelRollout> {
  checkWorkers({ numEnvs, workers });
  const { network: portable, columns } = packNetwork(network);
  const common = { env: pack(spec), options: plain(options), network: portable, wasmUrl: wasmUrl(), isShared };
  const crew = await startCrew(sharesOf(numEnvs, workers).map((share) => ({ ...common, ...share })));
  const env = await makeVec(standIn(spec, crew), { numEnvs, heap });
  const nn = await instantiate<NnKernels>(heap, MODULES.nn);
  return new ParallelRollout(crew, columns, nn, ...(await rolloutParts(env, network, options)));
}

/** All of them, or none. */
async function startCrew(assignments: readonly Parameters<typeof CrewMember.start>[0][]): Promise<CrewMember[]> {
  const started = await Promise.allSettled(assignments.map((assignment) => CrewMember.start(assignment)));
  const failed = started.find((result) => result.status === "rejected");
  const crew = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (!failed) return crew;
  for (const member of crew) member.dispose();
  throw failed.reason;
}

/** The options of the rollout alone: what else stands beside them needn't travel. */
function plain({ steps, seed, normalizeObservation, frameStack, rescaleAction, keepSuccessors }: RolloutOptions): RolloutOptions {
  const given = { steps, seed, normalizeObservation, frameStack, rescaleAction, keepSuccessors };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as RolloutOptions;
}
