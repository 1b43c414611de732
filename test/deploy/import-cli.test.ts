/** `lanewise import`, as a shell sees it. Wants a fresh dist/: `npm test` builds first. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "../oracle/command-line.js";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

const root = mkdtempSync(join(tmpdir(), "lanewise-import-"));
afterAll(() => rmSync(root, { recursive: true }));

const lanewise = (...args: readonly string[]) => commandLine(args, root);

describe("import", () => {
  it("makes a folder that eval, export and train take, and says how", async () => {
    const imported = await lanewise("import", fixture("sb3-ppo.safetensors"), "--env", "Pendulum-v1", "--activation", "tanh");
    const [made, evaluateIt, learnOn] = imported.stdout.split("\n") as [string, string, string];
    expect(imported).toMatchObject({ code: 0, stderr: "" });
    expect(made).toBe("runs/ppo_Pendulum-v1_sb3-ppo: a policy of ppo for Pendulum-v1, with a value network");
    expect(readdirSync(join(root, "runs/ppo_Pendulum-v1_sb3-ppo")).sort()).toEqual(["config.json", "policy.safetensors"]);
    const config: unknown = JSON.parse(readFileSync(join(root, "runs/ppo_Pendulum-v1_sb3-ppo/config.json"), "utf8"));
    expect(config).toMatchObject({ algo: "ppo", env: "Pendulum-v1", importedFrom: fixture("sb3-ppo.safetensors") });

    const evaluated = await lanewise(...commandIn(evaluateIt), "--episodes", "3", "--json");
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ algo: "ppo", env: "Pendulum-v1", steps: 0, evalEpisodes: 3 });
    expect(await lanewise("export", "runs/ppo_Pendulum-v1_sb3-ppo", "--format", "onnx")).toMatchObject({ code: 0, stderr: "" });
    const trained = await lanewise(...commandIn(learnOn), "--steps", "1", "--set", "learningRate=0", "--json");
    const [before, after] = [evaluated, trained].map(({ stdout }) => (JSON.parse(stdout) as { weightsSha256: string }).weightsSha256);
    expect(learnOn).toMatch(/--set hidden=6,6 --set activation=tanh$/);
    expect(after).toBe(before);
  });

  it("goes to the folder that is named, of another algorithm if so wished", async () => {
    const file = fixture("td3-14.onnx");
    const { code, stdout } = await lanewise("import", file, "--env", "Pendulum-v1", "--algo", "td3", "--out", "mine");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^mine: a policy of td3 for Pendulum-v1, without a value network\n/),
    });
  });
});

describe("refused in one line, with nothing written, is", () => {
  it.each<[string, string[], RegExp]>([
    ["a node that policies don't have", [fixture("elu-17.onnx"), "--env", "CartPole-v1"], /elu-17\.onnx: the node "\/1\/Elu" \(Elu\)/],
    ["a file that isn't there", ["model.onnx", "--env", "CartPole-v1"], /there is no network model\.onnx/],
    ["no environment", [fixture("plain-9.onnx")], /--env/],
    ["an unknown environment", [fixture("plain-9.onnx"), "--env", "Cart"], /unknown environment "Cart"/],
    ["an unknown algorithm", [fixture("plain-9.onnx"), "--env", "CartPole-v1", "--algo", "pp0"], /unknown algorithm "pp0"/],
    ["no activation", [fixture("plain.safetensors"), "--env", "CartPole-v1"], /name the activation/],
    ["a folder that holds something", [fixture("plain-9.onnx"), "--env", "CartPole-v1", "--out", "."], /name another folder with --out/],
  ])("%s", async (_, args, message) => {
    const before = readdirSync(root, { recursive: true });
    const { code, stdout, stderr } = await lanewise("import", ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^lanewise: .+\n$/);
    expect(stderr).toMatch(message);
    expect(readdirSync(root, { recursive: true })).toEqual(before);
  });
});

/** The arguments of the command that a line names: "learn on: lanewise train …". */
function commandIn(line: string): string[] {
  return (line.split(": lanewise ")[1] ?? "").split(" ");
}
