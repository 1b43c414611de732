/** The built command line in this process: what a shell sees, without the second that a process takes to start. Wants a fresh dist/. */
import { vi } from "vitest";

const built = <T>(path: string) => import(new URL(`../../dist/cli/${path}`, import.meta.url).href) as Promise<T>;
const { createProgram } = await built<typeof import("../../src/cli/program.js")>("program.js");
const { reportError } = await built<typeof import("../../src/cli/report.js")>("report.js");

export interface Outcome {
  /** The exit code; null for a process that a signal ended. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command at a time: it has the process's folder and its streams to itself. */
export async function commandLine(args: readonly string[], cwd = process.cwd()): Promise<Outcome> {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      said[name] += text;
      return true;
    }),
  );
  const before = process.cwd();
  process.chdir(cwd);
  try {
    process.exitCode = 0;
    await createProgram().parseAsync([...args], { from: "user" });
    return { code: process.exitCode, ...said };
  } catch (error) {
    const code = reportError(error);
    return { code, ...said };
  } finally {
    process.exitCode = undefined;
    process.chdir(before);
    for (const spy of spies) spy.mockRestore();
  }
}
