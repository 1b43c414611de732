/** A thread's tasks as numbers in shared memory: threads that wait for one another read no messages. */
import type { Step } from "./lockstep.js";
import type { Task } from "./schedule.js";

const MEET = -1;
const END = -2;

/** A kernel's functions by name, in the order in which its module exports them: the same in every instance. */
export type Exports = Readonly<Record<string, (...numbers: number[]) => unknown>>;

/** For each task the kernel's position among the exports, how many arguments, and these. The inverse of {@link decode}. */
export function encode(tasks: readonly Task[], exports: Exports): Float64Array {
  const positions = new Map(Object.keys(exports).map((name, position) => [name, position]));
  const numbers = tasks.flatMap((task) => {
    if (task === "meet") return [MEET];
    const position = positions.get(task.kernel);
    if (position === undefined) throw new Error(`there is no kernel ${task.kernel}`);
    return [position, task.args.length, ...task.args];
  });
  return Float64Array.from([...numbers, END]);
}

/** The steps that stand at an address. The inverse of {@link encode}. */
export function decode(memory: WebAssembly.Memory, address: number, exports: Exports): Step[] {
  const code = new Float64Array(memory.buffer, address);
  const functions = Object.values(exports);
  const steps: Step[] = [];
  for (let at = 0; code[at] !== END; ) {
    const position = code[at++] as number;
    if (position === MEET) {
      steps.push(undefined);
      continue;
    }
    const count = code[at++] as number;
    steps.push({ run: functions[position] as Exports[string], args: [...code.subarray(at, at + count)] });
    at += count;
  }
  return steps;
}
