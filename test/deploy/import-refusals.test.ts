/** What can't be imported is refused in one line that names it; bytes of any kind neither crash nor hang. */
import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ImportOptions, importPolicy } from "../../src/run/import.js";
import { noise } from "../policy/samples.js";
import { model, type Numbers } from "./models.js";

const folder = new URL("fixtures/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const cartPole: ImportOptions = { env: "CartPole-v1" };
const pendulum: ImportOptions = { env: "Pendulum-v1" };
const tanh = { activation: "tanh" } as const;

/** A state_dict of float32 zeros. */
function stateDict(shapes: Record<string, readonly number[]>, { dtype = "F32", metadata = {} } = {}): Uint8Array {
  let end = 0;
  const specs = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(specs) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return new Uint8Array(Buffer.concat([length, header, Buffer.alloc(end)]));
}

const dense = { w: [[4, 2], noise(8)], b: [[2], noise(2)], w3: [[3, 2], noise(6)], three: [[3], noise(3)] } satisfies Record<
  string,
  Numbers
>;
const layer = ["Gemm", ["x", "w", "b"], "y"] as const satisfies readonly [string, string[], string];

const MODELS: readonly (readonly [title: string, bytes: Uint8Array, options: ImportOptions, message: RegExp])[] = [
  [
    "a node that policies don't have",
    read("elu-17.onnx"),
    cartPole,
    /the node "\/1\/Elu" \(Elu\) is nothing that a policy does; known are Gemm, /,
  ],
  ["branches that are joined", model([layer, ["Add", ["y", "y"], "z"]], dense), cartPole, /the node "z" \(Add\) joins two branches/],
  [
    "a node before those that it takes",
    model([["Relu", ["y"], "z"], layer, ["Add", ["z", "b"], "a"]], dense),
    cartPole,
    /no node before gives "y"/,
  ],
  ["layers that don't fit", model([layer, ["MatMul", ["y", "w3"], "z"]], dense), cartPole, /the node "z" \(MatMul\)/],
  ["a sum that doesn't fit", model([layer, ["Add", ["y", "three"], "z"]], dense), cartPole, /the node "z" \(Add\)/],
  ["a network for another environment", model([layer], dense), pendulum, /actor\[0\]\.weight .* has the shape \[4,2\], wanted \[3,2\]/],
  [
    "a softmax where there are means",
    model([layer, ["Softmax", ["y"], "z"]], dense),
    pendulum,
    /the ending "z" of the policy network is nothing/,
  ],
  [
    "actions of which only the lower bound is the environment's",
    model(
      [
        ["MatMul", ["x", "w1"], "y"],
        ["Tanh", ["y"], "t"],
        ["Sub", ["t", "one"], "z"],
      ],
      { w1: [[3, 1], noise(3)], one: [[], [1]] },
    ),
    { ...pendulum, algo: "td3" },
    /the scaling "z" of the policy network/,
  ],
  [
    "two activations",
    model([layer, ["Tanh", ["y"], "t"], ["Relu", ["t"], "z"]], dense),
    cartPole,
    /the activation "z" of the policy network/,
  ],
  ["no layer", model([["Relu", ["x"], "y"]]), cartPole, /the policy network has no dense layer/],
  ["an output that nothing gives", model([layer], dense, ["nowhere"]), cartPole, /no node before gives "nowhere"/],
  [
    "outputs of which any may be meant",
    model([layer], dense, ["y", "z"]),
    cartPole,
    /which of the outputs y, z is the policy's\? Call it logits, /,
  ],
  [
    "an output that doesn't depend on the observation",
    model([["Identity", ["b"], "y"], layer], dense, ["b"]),
    cartPole,
    /which of the outputs \(none\)/,
  ],
  ["another input", model([["Gemm", ["other", "w", "b"], "y"]], dense), cartPole, /no node before gives "other"/],
  ["weights that aren't numbers", model([layer], { ...dense, b: [[2], [1, Number.NaN]] }), cartPole, /holds NaN/],
  ["shapes that don't fit their data", model([layer], { ...dense, b: [[7], [1, 2]] }), cartPole, /"b" of shape \[7\] holds 2 numbers/],
  ["a file of a few bytes", Uint8Array.of(8, 8), cartPole, /not an ONNX model/],
  ["no file at all", new Uint8Array(0), cartPole, /not an ONNX model/],
  ["a checkpoint of PyTorch's", Uint8Array.of(0x50, 0x4b, 3, 4), cartPole, /a pickle of PyTorch's, which runs code .* safetensors/],
  ["an activation for ONNX", model([layer], dense), { ...cartPole, ...tanh }, /says itself what follows its layers/],
];

const STATE_DICTS: readonly (readonly [title: string, bytes: Uint8Array, options: ImportOptions, message: RegExp])[] = [
  ["no activation", read("plain.safetensors"), cartPole, /name the activation, tanh, relu or sigmoid/],
  ["unknown names", stateDict({ "in.weight": [6, 4], "out.weight": [2, 6] }), cartPole, /can't place "in", "out"; call the layers net\.0/],
  [
    "a name beside those that are known",
    stateDict({ "actor.0.weight": [2, 4], "lstm.weight_ih": [2, 4] }),
    cartPole,
    /can't place "lstm\.weight_ih"/,
  ],
  [
    "a layer that isn't dense",
    stateDict({ "net.0.weight": [6], "net.2.weight": [2, 6] }),
    cartPole,
    /"net\.0" is no dense layer: its weight is \[6\]/,
  ],
  [
    "a bias without weights",
    stateDict({ "net.0.bias": [6], "net.2.weight": [2, 6] }),
    cartPole,
    /"net\.0" is no dense layer: its weight is not there/,
  ],
  ["a bias that doesn't fit", stateDict({ "net.0.weight": [2, 4], "net.0.bias": [3] }), cartPole, /"net\.0\.bias" is \[3\], wanted \[2\]/],
  [
    "layers that don't fit",
    stateDict({ "net.0.weight": [6, 4], "net.2.weight": [2, 5] }),
    { ...cartPole, ...tanh },
    /the layer "net\.2" takes 5 numbers, but is given 6/,
  ],
  ["a value network alone", stateDict({ "critic.0.weight": [1, 4] }), cartPole, /holds no layers of a policy/],
  ["integers", stateDict({ "net.0.weight": [2, 4] }, { dtype: "I32" }), cartPole, /dtype is "I32", wanted F64 or F32 or F16 or BF16/],
  ["a policy file", stateDict({ "actor.0.weight": [4, 2] }, { metadata: { lanewise: "{}" } }), cartPole, /it needs no import/],
  ["a file cut short", read("plain.safetensors").slice(0, -4), { ...cartPole, ...tanh }, /cut short/],
  [
    "actions scaled to other bounds",
    stateDict({ "fc1.weight": [1, 3], action_scale: [1], action_bias: [1] }),
    { ...pendulum, algo: "td3" },
    /the scaling "action_scale" of the policy/,
  ],
  [
    "means without ln σ",
    stateDict({ "net.0.weight": [1, 3] }),
    { ...pendulum, algo: "sac" },
    /sac's policy puts out 1 means and as many ln σ, this one 1 numbers/,
  ],
  ["ln σ of another size", stateDict({ "net.0.weight": [1, 3], log_std: [2] }), pendulum, /there are 2 ln σ, an action has 1 components/],
  [
    "vectors where there are indices",
    read("sb3-td3.safetensors"),
    { ...cartPole, ...tanh, algo: "td3" },
    /a deterministic distribution doesn't go with a discrete actionSpace/,
  ],
];

describe.each([
  ["ONNX", MODELS],
  ["safetensors", STATE_DICTS],
] as const)("%s: refused is", (_, cases) => {
  it.each(cases)("%s", async (_title, bytes, options, wanted) => {
    const error: Error = await importPolicy(bytes, options).then(
      () => Promise.reject(new Error("it was taken")),
      (reason: Error) => reason,
    );
    expect(error.message).toMatch(wanted);
    expect(error.message).not.toMatch(/\n/);
    expect(["PolicyFormatError", "UsageError"]).toContain(error.name);
  });
});

it("names the file, the algorithm and the environment that are wrong", async () => {
  const file = new URL("elu-17.onnx", folder);
  await expect(importPolicy(file, cartPole)).rejects.toThrow(`${file}: the node "/1/Elu"`);
  await expect(importPolicy("nowhere.onnx", cartPole)).rejects.toThrow("there is no network nowhere.onnx");
  await expect(importPolicy(file, { env: "Cart" })).rejects.toThrow('unknown environment "Cart"');
  await expect(importPolicy(file, { ...cartPole, algo: "sarsa" })).rejects.toThrow("sarsa learns a table, not a network");
  await expect(importPolicy(file, { ...cartPole, activation: "gelu" as "tanh" })).rejects.toThrow('unknown activation "gelu"');
});

describe("damaged files", () => {
  const files = readdirSync(folder).filter((name) => /\.(onnx|safetensors)$/.test(name) && name !== "expected.safetensors");
  const isRefusal = (error: unknown) => error instanceof Error && ["PolicyFormatError", "UsageError"].includes(error.name);

  /** Taken or refused, nothing else. */
  async function tryImport(bytes: Uint8Array): Promise<boolean> {
    for (const options of [{ ...cartPole, ...tanh }, pendulum]) {
      const outcome = await importPolicy(bytes, options).catch((error: unknown) => error);
      if (outcome instanceof Error && !isRefusal(outcome)) throw outcome;
    }
    return true;
  }

  it("are refused or taken, whichever bytes were changed", async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), changes, async (name, changed) => {
        const bytes = read(name);
        for (const [at, value] of changed) bytes[at % bytes.length] = value;
        return tryImport(bytes);
      }),
      { numRuns: 600, seed: 5 },
    );
  });

  it("are refused or taken, wherever they end", async () => {
    for (const name of ["plain-9.onnx", "mean-value-16.onnx"]) {
      const bytes = read(name);
      for (let end = 0; end < bytes.length; end += 7) expect(await tryImport(bytes.slice(0, end))).toBe(true);
    }
  });

  it("don't stand for more work than their size", async () => {
    const identities = Array.from(
      { length: 20_000 },
      (_, i) => ["Identity", [i === 0 ? "x" : `v${i}`], `v${i + 1}`] as [string, string[], string],
    );
    const rectifiers = identities.map(([, inputs, output]) => ["Relu", inputs, output] as [string, string[], string]);
    await expect(importPolicy(model(identities), cartPole)).rejects.toThrow("has no dense layer");
    await expect(importPolicy(model(rectifiers), cartPole)).rejects.toThrow("more than 512 things");
    await expect(importPolicy(model([layer], { ...dense, b: [[2 ** 40, 2 ** 40], [1]] }), cartPole)).rejects.toThrow("holds 1 numbers");
  });
});
