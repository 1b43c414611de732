/** The workers of a rollout as the learner sees them. */
import { Lifeline } from "../../core/lifeline.js";
import type { Resumable, Snapshot } from "../../core/run-state.js";
import type { Thread } from "../../core/thread.js";
import { startRolloutThread } from "../rollout-thread.js";
import { type Block, type BlockMemory, type BlockSizes, blockOn } from "./block.js";
import type { Assignment, Order } from "./helper.js";
import type { Answer, Message } from "./rollout-worker.js";

/** Lanes of one worker: from `firstLane` on, `numEnvs` of them. */
export type Share = Pick<Assignment, "firstLane" | "numEnvs">;

/** All lanes dealt out in order, whole groups of four where there are enough: that is what a vector holds. */
export function sharesOf(numEnvs: number, workers: number): Share[] {
  const unit = numEnvs >= 4 * workers ? 4 : 1;
  const units = Math.ceil(numEnvs / unit);
  const bound = (worker: number) => Math.min(numEnvs, unit * Math.floor((worker * units) / workers));
  return Array.from({ length: workers }, (_, i) => ({ firstLane: bound(i), numEnvs: bound(i + 1) - bound(i) }));
}

/** Whether threads of this host share memory. */
export function canShare(): boolean {
  return typeof SharedArrayBuffer !== "undefined";
}

export class CrewMember implements Resumable {
  readonly #lifeline = new Lifeline();
  readonly #thread: Thread;
  #receive: (answer: Answer) => void = () => undefined;
  #memory: BlockMemory | undefined;
  #sizes: BlockSizes | undefined;

  private constructor(
    thread: Thread,
    readonly share: Share,
  ) {
    this.#thread = thread;
    thread.onDeath((reason) => this.#lifeline.cut(reason));
    thread.onMessage((answer) => this.#receive(answer as Answer));
    thread.keep(false); // a program may end in the middle of a run
  }

  static async start(assignment: Assignment): Promise<CrewMember> {
    const { firstLane, numEnvs } = assignment;
    const lanes = `lanes ${firstLane} to ${firstLane + numEnvs - 1}`;
    const thread = await startRolloutThread(`worker of ${lanes}`);
    const member = new CrewMember(thread, { firstLane, numEnvs });
    try {
      const answer = await member.#ask({ kind: "begin", assignment });
      if (answer.kind === "ready") ({ memory: member.#memory, sizes: member.#sizes } = answer);
      return member;
    } catch (error) {
      thread.terminate();
      throw error;
    }
  }

  /** What goes to the worker with the next order, and what it recorded for the last one. */
  get block(): Block {
    if (!this.#memory || !this.#sizes) throw new Error("the block is with the worker");
    return blockOn(this.#memory, this.#sizes);
  }

  /** Has the worker play T steps. Meanwhile the block is the worker's. */
  async collect(order: Order): Promise<void> {
    const memory = this.#memory;
    if (memory instanceof ArrayBuffer) {
      this.#memory = undefined;
      const answer = await this.#ask({ kind: "collect", order, memory }, [memory]);
      if (answer.kind === "done") this.#memory = answer.memory;
    } else await this.#ask({ kind: "collect", order });
  }

  /** Where the worker's lanes stand between two rollouts. */
  async snapshot(): Promise<Snapshot> {
    const answer = await this.#ask({ kind: "snapshot" });
    return answer.kind === "snapshot" ? answer.snapshot : {};
  }

  async restore(saved: Snapshot): Promise<void> {
    await this.#ask({ kind: "restore", saved });
  }

  /** Lets the worker close its environments and go. */
  dispose(): void {
    const end = () => this.#thread.terminate();
    this.#ask({ kind: "end" }).then(end, end);
    this.#thread.keep(false);
  }

  /** One question at a time. The program goes on until it is answered. */
  async #ask(message: Message, handedOver: ArrayBuffer[] = []): Promise<Answer> {
    const answered = new Promise<Answer>((resolve) => {
      this.#receive = resolve;
    });
    this.#thread.keep(true);
    try {
      this.#thread.post(message, handedOver);
      const answer = await this.#lifeline.hold(answered);
      if (answer.kind === "failure") throw failureOf(answer);
      return answer;
    } finally {
      this.#thread.keep(false);
    }
  }
}

/** The worker's error, as it was there. */
function failureOf({ name, message, stack }: Extract<Answer, { kind: "failure" }>): Error {
  return Object.assign(new Error(message), { name, stack });
}
