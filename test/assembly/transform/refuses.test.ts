/** Every construct that the `@lanes` transform refuses: the line that its error names, and what it says to write instead. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { CompileError, compile } from "../../../assembly/compile.mjs";
import { FILES } from "./files.js";
import { REFUSED } from "./refused.js";

/** Optimising a module of many functions takes seconds on a busy machine. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe("what the transform refuses is an error at its line that says what to write instead", () => {
  let reports: Report[];
  beforeAll(async () => {
    const rows = REFUSED.map(({ source }, i) => [`row${i}.ts`, `import { State } from "./state";${source}`]);
    const main = REFUSED.map((_, i) => `import * as row${i} from "./row${i}";`).join("\n");
    reports = await reportsOf({ ...FILES, ...Object.fromEntries(rows), "main.ts": main });
  });

  it.each(REFUSED.map((row, i) => [row.name, row, i] as const))("%s", (_, { source, remedy }, i) => {
    const line = source.split("\n").findIndex((text) => text.includes("// refused")) + 1;
    expect(reports.filter(({ file }) => file === `row${i}.ts`)).toEqual([
      { file: `row${i}.ts`, line, message: expect.stringMatching(remedy) },
    ]);
  });
});

interface Report {
  file: string;
  line: number;
  message: string;
}

async function reportsOf(files: Record<string, string>): Promise<Report[]> {
  const error = await compile("main.ts", { files }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(CompileError);
  const reports = (error as Error).message.matchAll(/ERROR \w+: (?:User-defined: )?([^\n]*)\n.*?└─ in (\S+)\((\d+),\d+\)/gs);
  return [...reports].map(([, message = "", file = "", line]) => ({ file, line: Number(line), message }));
}
