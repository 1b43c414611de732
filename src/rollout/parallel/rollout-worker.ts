/** The thread's side of a rollout that several workers share: it answers every order with a played rollout. */
import type { Snapshot } from "../../core/run-state.js";
import { parentThread } from "../../core/thread.js";
import type { BlockMemory, BlockSizes } from "./block.js";
import { type Assignment, createHelper, type Helper, type Order } from "./helper.js";

/** What the learner says; memory comes along where it isn't shared. */
export type Message =
  | { readonly kind: "begin"; readonly assignment: Assignment }
  | { readonly kind: "collect"; readonly order: Order; readonly memory?: BlockMemory }
  | { readonly kind: "snapshot" }
  | { readonly kind: "restore"; readonly saved: Snapshot }
  | { readonly kind: "end" };

/** What the worker answers. */
export type Answer =
  | { readonly kind: "ready"; readonly memory: BlockMemory; readonly sizes: BlockSizes }
  | { readonly kind: "done"; readonly memory?: BlockMemory }
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "ended" }
  | { readonly kind: "failure"; readonly name: string; readonly message: string; readonly stack: string | undefined };

let helper: Helper | undefined;

void attend();

async function attend(): Promise<void> {
  const parent = await parentThread();
  parent.onMessage(async (message) => {
    try {
      const answer = await answerTo(message as Message);
      const memory = "memory" in answer ? answer.memory : undefined;
      parent.post(answer, memory instanceof ArrayBuffer ? [memory] : []);
    } catch (error) {
      const { name, message: text, stack } = error instanceof Error ? error : new Error(String(error));
      parent.post({ kind: "failure", name, message: text, stack } satisfies Answer);
    }
  });
}

async function answerTo(message: Message): Promise<Answer> {
  if (message.kind === "begin") {
    helper = await createHelper(message.assignment);
    return { kind: "ready", memory: helper.memory, sizes: helper.sizes };
  }
  if (message.kind === "end") {
    await helper?.close();
    return { kind: "ended" };
  }
  if (!helper) throw new Error("a worker is told to begin before anything else");
  if (message.kind === "snapshot") return { kind: "snapshot", snapshot: await helper.state.snapshot() };
  if (message.kind === "restore") {
    await helper.state.restore(message.saved);
    return { kind: "done" };
  }
  const { order, memory } = message;
  await helper.collect(memory ?? helper.memory, order);
  return { kind: "done", ...(memory && { memory }) };
}
