/** One of the workers of a rollout: it has some of the lanes, and plays them with the parameters that it is given. */
import { type Resumable, RunState } from "../../core/run-state.js";
import { closable } from "../../envs/custom.js";
import { type PortableSpec, unpack } from "../../envs/portable.js";
import { makeVec } from "../../envs/vec-env.js";
import { ownHeap } from "../../wasm/heap.js";
import { setWasmUrl } from "../../wasm/modules.js";
import { createRollout, type RolloutOptions } from "../rollout.js";
import { type Block, type BlockMemory, type BlockSizes, bitsOf, blockBytes, blockOn, recorded } from "./block.js";
import { type PortableNetwork, unpackNetwork } from "./network.js";

/** All that a worker needs to begin. */
export interface Assignment {
  readonly env: PortableSpec;
  readonly options: RolloutOptions;
  readonly network: PortableNetwork;
  readonly firstLane: number;
  readonly numEnvs: number;
  /** Where the package's modules are, if not where they were. */
  readonly wasmUrl: string | undefined;
  /** Whether its block is to be shared, rather than handed to and fro. */
  readonly isShared: boolean;
}

/** What is to be known of a rollout before it begins, beside what stands in the block. */
export interface Order {
  /** Whether every lane begins a new episode. */
  readonly restarts: boolean;
  readonly isUniform: boolean;
}

export interface Helper {
  readonly memory: BlockMemory;
  readonly sizes: BlockSizes;
  /** Plays T steps; parameters and statistics are read from the block, and what was recorded is written there. */
  collect(memory: BlockMemory, order: Order): Promise<void>;
  /** Its lanes between two rollouts. */
  readonly state: Resumable;
  /** Closes the environments. */
  close(): Promise<void>;
}

export async function createHelper(assignment: Assignment): Promise<Helper> {
  const { env, options, network: portable, firstLane, numEnvs, isShared } = assignment;
  const heap = ownHeap();
  const { spec, close } = closable(await unpack(env));
  const { network, columns: parameters } = unpackNetwork(heap, portable);
  setWasmUrl(assignment.wasmUrl);
  const vec = await makeVec(spec, { numEnvs, heap, firstLane });
  const rollout = await createRollout(vec, network, { ...options, normalizeReward: false });
  const state = new RunState();
  rollout.keepIn(state);
  const kept = recorded(rollout.columns);
  const sizes: BlockSizes = {
    statistics: rollout.statistics.length,
    parameters: parameters.reduce((sum, { length }) => sum + length, 0),
    states: vec.states().length,
    columns: Object.fromEntries(kept.map(([name, { length }]) => [name, length])),
  };
  const Memory = isShared ? SharedArrayBuffer : ArrayBuffer;

  function takeIn({ statistics, parameters: numbers }: Block): void {
    rollout.statistics.set(statistics);
    let at = 0;
    for (const { data, length } of parameters) {
      data.set(numbers.subarray(at, at + length));
      at += length;
    }
  }

  function putOut({ statistics, states, column }: Block): void {
    statistics.set(rollout.statistics);
    states.set(vec.states());
    for (const [name, from] of kept) column(name).set(bitsOf(from));
  }

  return {
    memory: new Memory(blockBytes(sizes)),
    sizes,
    async collect(memory, { restarts, isUniform }) {
      const block = blockOn(memory, sizes);
      takeIn(block);
      if (rollout.sampler.isUniform !== isUniform) rollout.sampler.isUniform = isUniform;
      if (restarts) rollout.restart();
      await rollout.collect();
      putOut(block);
    },
    state: state.asPart(),
    close,
  };
}
