/** `lanewise new-env`, `build`, and `train` and `eval` of what they made, as a shell sees them. Wants a fresh dist/. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commandLine, type Outcome } from "../oracle/command-line.js";
import { altered, TEMPLATE, unmarked } from "./sources.js";

/** Starting the compiler takes a second, several on a busy machine. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

let cwd = "";
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "lanewise-build-cli-"));
  mkdirSync(join(cwd, "folder.wasm"));
  mkdirSync(join(cwd, "folder.ts"));
  mkdirSync(join(cwd, "empty"));
  writeFileSync(join(cwd, "text.wasm"), "no module");
  writeFileSync(join(cwd, "good.ts"), TEMPLATE);
});
afterAll(() => rmSync(cwd, { recursive: true }));

function lanewise(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

const read = (name: string) => readFileSync(join(cwd, name), "utf8");

describe("an environment of your own", () => {
  it("is written, built, trained and evaluated", async () => {
    expect(await lanewise("new-env", "two-pucks")).toEqual({
      code: 0,
      stdout: "two-pucks.ts: an environment to begin with\nbuild it: lanewise build two-pucks.ts\n",
      stderr: "",
    });
    const built = await lanewise("build", "two-pucks.ts");
    expect(built).toMatchObject({ code: 0, stderr: "" });
    expect(built.stdout).toMatch(
      /^two-pucks\.wasm: TwoPucks-v0, \d\.\d KiB\n.*Box\(-1, 1, \(2,\)\).*\n.*lanewise train ppo two-pucks\.wasm\n$/,
    );

    const trained = await lanewise("train", "ppo", "./two-pucks.wasm", "--steps", "1024", "--out", "run", "--json");
    expect(trained.code).toBe(0);
    const { wallSeconds, stepsPerSecond, ...result } = JSON.parse(trained.stdout);
    expect(result).toMatchObject({ env: "TwoPucks-v0", steps: 1024, evalEpisodes: 100 });

    rmSync(join(cwd, "two-pucks.wasm")); // the run keeps what it needs
    expect(JSON.parse((await lanewise("eval", "run", "--json")).stdout)).toEqual(result);
  });

  it("goes where --out says", async () => {
    expect((await lanewise("new-env", "there", "--out", "empty")).stdout).toContain(join("empty", "there.ts"));
    expect((await lanewise("build", join("empty", "there.ts"), "--out", "other.wasm")).code).toBe(0);
    expect(readdirSync(cwd)).toContain("other.wasm");
    expect(readdirSync(join(cwd, "empty"))).toEqual(["there.ts"]);
    rmSync(join(cwd, "other.wasm"));
    rmSync(join(cwd, "empty/there.ts"));
  });

  it("never takes the place of a file", async () => {
    writeFileSync(join(cwd, "mine.ts"), "mine");
    expect(await commandLine(["new-env", "mine"], cwd)).toEqual({
      code: 2,
      stdout: "",
      stderr: "lanewise: mine.ts is there already; choose another name\n",
    });
    expect(read("mine.ts")).toBe("mine");
  });

  it("with mistakes gets a line for each, with its place, and nothing is written", async () => {
    const marked = altered("this.xDot = 0;", "this.xDot = ‸nothing;").replace("this.yDot = 0;", "this.yDot = ‸nothing;");
    const { source, places } = unmarked(marked);
    writeFileSync(join(cwd, "my-env.ts"), source);
    const { code, stdout, stderr } = await commandLine(["build", "my-env.ts"], cwd);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.split("\n")).toEqual([...places.map((place) => expect.stringContaining(`lanewise: ${place}nothing is not known`)), ""]);
    expect(readdirSync(cwd)).not.toContain("my-env.wasm");
  });

  it.each<[args: string[], message: string | RegExp]>([
    [["new-env"], "missing required argument 'name'"],
    [["new-env", "a/b"], '"a/b" is no name for an environment: write letters, digits and hyphens, as in my-env'],
    [["new-env", "a", "--out", "nowhere"], "there is no folder nowhere; create it first"],
    [["build"], "missing required argument 'file'"],
    [["build", "nowhere.ts"], "there is no file nowhere.ts; lanewise new-env NAME writes one to begin with"],
    [["build", "text.wasm"], "text.wasm is no AssemblyScript file; give NAME.ts"],
    [["build", "folder.ts"], "can't read folder.ts: EISDIR"],
    [["build", "good.ts", "--out", "good.ts"], '--out is the name of a module, NAME.wasm, not "good.ts"'],
    [["build", "good.ts", "--out", "nowhere/x.wasm"], "there is no folder nowhere for nowhere/x.wasm; create it first"],
    [["build", "good.ts", "--out", "folder.wasm"], "folder.wasm is a folder; name a file with --out"],
    [["train", "ppo", "good.ts"], "good.ts is the source of an environment; build it first: lanewise build good.ts"],
    [["train", "ppo", "nowhere.wasm"], "there is no environment nowhere.wasm"],
    [["train", "ppo", "text.wasm"], "text.wasm is no WebAssembly module"],
  ])("lanewise %j is refused with one line", async (args, message) => {
    const { code, stdout, stderr } = await commandLine(args, cwd);
    expect(stderr).toMatch(/^lanewise: .+\n$/);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
