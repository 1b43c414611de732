/** The program in a process of Node: it answers messages with what the function that they name returns, or why it failed. */
import * as program from "./program.js";

export interface Question {
  readonly name: string;
  readonly args: readonly never[];
}

export type Answer = { readonly value: unknown } | { readonly failure: string };

const functions: Readonly<Record<string, (...args: never[]) => Promise<unknown>>> = program;

process.on("message", async ({ name, args }: Question) => {
  const answer: Answer = await (functions[name]?.(...args) ?? Promise.reject(new Error(`there is no ${name}`))).then(
    (value) => ({ value }),
    (reason: Error) => ({ failure: String(reason.stack) }),
  );
  process.send?.(answer);
});
