/** What an environment is, apart from its physics. */
import type { Space } from "../core/spaces.js";
import type { Heap } from "../wasm/heap.js";
import type { EnvironmentKernels } from "../wasm/kernels.js";

interface Description {
  /** Gymnasium's id: "CartPole-v1". */
  readonly id: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Steps after which an episode is truncated; 0 for no limit. */
  readonly timeLimit: number;
  /** Mean return over 100 episodes from which the task counts as solved; some tasks have none. */
  readonly rewardThreshold?: number;
  /** What the tests hold it against. */
  readonly checkedAgainst?: string;
}

/** An environment whose physics is compiled: assembly/envs/driver.ts bound to it. */
export interface CompiledSpec extends Description {
  readonly module: URL | WebAssembly.Module;
}

/** An environment whose kernels are made some other way: from a table of transitions, or from TypeScript. */
export interface HostedSpec extends Description {
  readonly kernels: (heap: Heap) => Promise<EnvironmentKernels>;
  /** The address of a JavaScript module that exports this spec, from which other threads can make it too. */
  readonly source?: string | URL;
  /** Why its state can't be saved, and what would help; if it can, there is no such field. */
  readonly whyNoState?: string;
}

/** What an environment is: its spaces, its limits, and where its steps come from. */
export type EnvironmentSpec = CompiledSpec | HostedSpec;
