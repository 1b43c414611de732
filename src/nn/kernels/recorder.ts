/**
 * Recording kernel calls, so that an update whose shapes and addresses never change can run again as a flat list of calls.
 * While a recording is made, tensors live in a pool of its own: the addresses in the list stay its own for good.
 */
import type { Heap } from "../../wasm/heap.js";
import type { Allocator, Interception } from "../../wasm/tfjs.js";

type KernelFunction = (...numbers: number[]) => unknown;

interface Call {
  readonly name: string;
  /** Its name among the exports of its module, if that was {@link nameExports named}. */
  readonly kernel: string | undefined;
  readonly run: KernelFunction;
  readonly args: readonly number[];
}

/** A finished recording. */
export interface Program {
  /** Runs every call again. */
  replay(): void;
  readonly calls: readonly Call[];
}

let recording: Recording | undefined;

/** Runs a kernel, and remembers the call if a recording is on. */
export function emit(name: string, run: KernelFunction, ...args: number[]): void {
  run(...args);
  recording?.calls.push({ name, kernel: exportNames.get(run), run, args });
}

const exportNames = new WeakMap<KernelFunction, string>();

/** Remembers what a module's functions are called, so that calls of them can go to another instance of it. */
export function nameExports(exports: object): void {
  for (const [name, value] of Object.entries(exports)) if (typeof value === "function") exportNames.set(value, name);
}

/** Says that something ran that can't be recorded, so that no recording in progress can be replayed. */
export function refuseRecording(what: string): void {
  if (recording) recording.obstacle ??= what;
}

class Recording {
  readonly calls: Call[] = [];
  /** The first thing that ran but can't be replayed. */
  obstacle: string | undefined;
}

/** What a recording yields: its result, and either a program or what stood in its way. */
export interface Recorded<T> {
  readonly result: T;
  readonly program: Program | undefined;
  readonly obstacle: string | undefined;
}

/** Runs `work` once on memory of `pool`, recording the kernels that it calls. */
export function record<T>(pool: Pool, interception: Interception, work: () => T): Recorded<T> {
  const current = new Recording();
  const outer = recording;
  recording = current;
  try {
    const result = watchingChance(() => interception.during(pool, work));
    const { calls, obstacle } = current;
    return { result, obstacle, program: obstacle === undefined ? { calls, replay: () => replay(calls) } : undefined };
  } finally {
    recording = outer;
  }
}

/**
 * Random numbers that JavaScript draws become constants of the recording, and would come again at every replay. TensorFlow.js draws the
 * seed of its generators from `Math.random`, unless one is given, and then their numbers are the same each time anyhow.
 */
function watchingChance<T>(work: () => T): T {
  const { random } = Math;
  const watched = () => {
    refuseRecording("a random number drawn in JavaScript");
    return random();
  };
  Reflect.set(Math, "random", watched);
  try {
    return work();
  } finally {
    Reflect.set(Math, "random", random);
  }
}

function replay(calls: readonly Call[]): void {
  for (const { run, args } of calls) run(...args);
}

/** Bytes of a recording's memory. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
  /** Whether it holds values from JavaScript, which stay as they are. */
  readonly isConstant: boolean;
}

/** Memory of one recording: blocks go round within it and never leave it; constants stay where they are. */
export class Pool implements Allocator {
  readonly #blocks = new Map<number, Block>();
  readonly #free = new Map<number, Block[]>();

  constructor(readonly heap: Heap) {}

  allocate(bytes: number, isConstant: boolean): number {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    const known = isConstant ? undefined : this.#free.get(size)?.pop();
    const block = known ?? { address: this.heap.allocate(size + 16), bytes: size, isConstant };
    this.#blocks.set(block.address, block);
    return block.address;
  }

  free(address: number): boolean {
    const block = this.#blocks.get(address);
    if (!block) return false;
    if (!block.isConstant) {
      const blocks = this.#free.get(block.bytes) ?? [];
      this.#free.set(block.bytes, blocks);
      blocks.push(block);
    }
    return true;
  }

  /** The block that an address lies in, if it is one of this pool's. */
  blockAt(address: number): Block | undefined {
    return [...this.#blocks.values()].find((block) => address >= block.address && address < block.address + block.bytes);
  }

  /** The blocks in use, constants aside: what the work so far has left behind. */
  get results(): Block[] {
    const free = new Set([...this.#free.values()].flat());
    return [...this.#blocks.values()].filter((block) => !block.isConstant && !free.has(block));
  }

  onRead(): void {
    refuseRecording("reading a tensor's numbers into JavaScript");
  }
}
