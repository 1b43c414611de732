import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { discrete, featuresOf } from "../../src/core/spaces.js";
import { createPolicy, encodePolicy } from "../../src/policy/encode.js";
import { type LayerSpec, type NamedTensor, PolicyFormatError } from "../../src/policy/format.js";
import { loadPolicy, type Policy } from "../../src/policy/policy.js";
import { loadModule } from "../../src/wasm/modules.js";
import { forward } from "./forward.js";
import { categorical, chain, gaussian, noise, type Parts } from "./samples.js";

/** Sums of up to 64 float32 products through up to four layers, with a float32 tanh, against float64. */
const FLOAT32_TOLERANCE = 2e-5;
/** How many standard errors a sampled frequency or mean may be off: one test in 10⁶ fails by chance, and the seed is fixed. */
const SIGMAS = 5;
const BATCHES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 33];

const module = await loadModule(new URL("../../build/policy.wasm", import.meta.url));
const make = ({ header, tensors }: Parts): Promise<Policy> => createPolicy(header, tensors, module);
const row = (data: Float32Array, index: number, size: number) => data.subarray(index * size, (index + 1) * size);

const architectures: readonly (readonly [string, Parts])[] = [
  ["one linear layer", categorical([])],
  ["tanh 3", categorical([3])],
  ["tanh 64-64", categorical([64, 64])],
  ["relu 64-64", categorical([64, 64], "relu")],
  ["linear 7-1-9", categorical([7, 1, 9], "linear")],
  ["gaussian relu 5", gaussian([5])],
  ["gaussian tanh 17-33", gaussian([17, 33], "tanh")],
];

describe.each(architectures)("the networks of a policy (%s)", (_, parts) => {
  const { header, tensors } = parts;
  const size = featuresOf(header.observationSpace);
  const actions = featuresOf(header.actionSpace);

  it("agree with a float64 forward pass for every batch size", async () => {
    const policy = await make(parts);
    for (const rows of BATCHES) {
      const observations = noise(rows * size, rows);
      const logits = policy.logits(observations);
      const values = header.critic ? policy.values(observations) : undefined;
      expect(logits).toHaveLength(rows * actions);
      for (let r = 0; r < rows; r++) {
        const observation = [...row(observations, r, size)];
        forward(header.actor, tensors, observation).forEach((wanted, i) => {
          expect(Math.abs((logits[r * actions + i] as number) - wanted)).toBeLessThan(FLOAT32_TOLERANCE * (1 + Math.abs(wanted)));
        });
        const [value = Number.NaN] = header.critic ? forward(header.critic, tensors, observation) : [];
        if (values) expect(Math.abs((values[r] as number) - value)).toBeLessThan(FLOAT32_TOLERANCE * (1 + Math.abs(value)));
      }
    }
  });

  it("act on a batch as on each of its rows, in whatever order the batches come", async () => {
    const policy = await make(parts);
    for (const rows of [...BATCHES, ...BATCHES.toReversed()]) {
      const observations = noise(rows * size, rows).map((x) => 3 * x);
      const batch = policy.actBatch(observations);
      const width = header.actionSpace.kind === "box" ? actions : 1;
      expect(batch).toHaveLength(rows * width);
      for (let r = 0; r < rows; r++) {
        const single = policy.act(row(observations, r, size));
        expect(typeof single === "number" ? [single] : [...single]).toEqual([...batch.subarray(r * width, (r + 1) * width)]);
      }
    }
  });

  it("choose the largest logit, or the mean within the bounds", async () => {
    const policy = await make(parts);
    const space = header.actionSpace;
    for (let r = 0; r < 50; r++) {
      const observation = noise(size, 100 + r).map((x) => 3 * x);
      const outputs = policy.logits(observation);
      const action = policy.act(observation);
      if (space.kind === "discrete") expect(action).toBe(outputs.indexOf(Math.max(...outputs)));
      else expect(action).toEqual(outputs.map((x, i) => Math.min(Math.max(x, space.low[i] as number), space.high[i] as number)));
    }
  });
});

/** Logits that don't depend on the observation. */
function constantLogits(logits: readonly number[]): Parts {
  const { header } = categorical([]);
  const tensors = new Map<string, NamedTensor>([
    ["w", { shape: [4, logits.length], data: new Float32Array(4 * logits.length) }],
    ["b", { shape: [logits.length], data: Float32Array.from(logits) }],
  ]);
  const { critic: _, ...rest } = header;
  return { header: { ...rest, actionSpace: discrete(logits.length), actor: [{ weight: "w", bias: "b", activation: "linear" }] }, tensors };
}

describe("a policy over indices", () => {
  it.each([
    [[1, 1], 0],
    [[0, 2, 2], 1],
    [[-1, -2, -1, -1], 0],
    [[0, 0, 0, 0, 0, 0, 0, 0, 1e-6, 1e-6], 8],
    [[-0, 0], 0],
    [[-1e30, -1e30], 0],
    [[3], 0],
  ])("takes the first of equal logits %j", async (logits, first) => {
    const policy = await make(constantLogits(logits));
    expect(policy.act([0, 0, 0, 0])).toBe(first);
    expect([...policy.actBatch(new Float32Array(4 * 9))]).toEqual(Array(9).fill(first));
  });

  it("samples from the softmax of its logits", async () => {
    const logits = [0, 1, -1, 0.5, 2];
    const policy = await make(constantLogits(logits));
    const draws = 40_000;
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    const one = Array.from({ length: draws }, () => policy.act([0, 0, 0, 0], { deterministic: false }));
    const many = [...policy.actBatch(new Float32Array(4 * draws), { deterministic: false })];
    for (const sample of [one, many]) {
      logits.forEach((logit, index) => {
        const p = Math.exp(logit) / total;
        const frequency = sample.filter((action) => action === index).length / draws;
        expect(Math.abs(frequency - p)).toBeLessThan(SIGMAS * Math.sqrt((p * (1 - p)) / draws));
      });
    }
  });

  it("observes indices as one-hot rows", async () => {
    const tensors = new Map<string, NamedTensor>();
    const actor = chain(tensors, "actor", [5, 6, 3], "tanh");
    const policy = await make({ header: { ...constantLogits([0, 0, 0]).header, observationSpace: discrete(5), actor }, tensors });
    const all = policy.logits(Float32Array.of(0, 1, 2, 3, 4));
    for (const index of [3, 0, 4, 1, 2]) {
      const oneHot = Array.from({ length: 5 }, (_, i) => (i === index ? 1 : 0));
      expect(policy.logits(Float32Array.of(index))).toEqual(row(all, index, 3).slice());
      forward(actor, tensors, oneHot).forEach((wanted, i) => {
        expect(all[index * 3 + i]).toBeCloseTo(wanted, 5);
      });
    }
    for (const wrong of [5, -1, 0.5, Number.NaN])
      expect(() => policy.act([wrong])).toThrow(`number 0 of the observations is ${wrong}, not an index below 5`);
  });
});

describe("a gaussian policy", () => {
  it("samples around its mean with its deviation, within the bounds", async () => {
    const { header, tensors } = gaussian([]);
    tensors.set("actor.0.bias", { shape: [2], data: Float32Array.of(10, -3) });
    const wide = { ...header, actionSpace: { kind: "box", low: [-Infinity, -4], high: [Infinity, Infinity] } as const };
    const policy = await make({ header: wide, tensors });
    const draws = 40_000;
    const actions = policy.actBatch(new Float32Array(3 * draws), { deterministic: false });
    const first = Array.from({ length: draws }, (_, r) => actions[2 * r] as number);
    const mean = first.reduce((sum, x) => sum + x, 0) / draws;
    const deviation = Math.sqrt(first.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws);
    const wanted = Math.exp(-0.5);
    expect(Math.abs(mean - 10)).toBeLessThan((SIGMAS * wanted) / Math.sqrt(draws));
    expect(Math.abs(deviation - wanted)).toBeLessThan((SIGMAS * wanted) / Math.sqrt(2 * draws));
    const second = Array.from({ length: draws }, (_, r) => actions[2 * r + 1] as number);
    expect(Math.min(...second)).toBe(-4);
  });
});

describe.each([
  ["categorical", categorical()],
  ["gaussian", gaussian()],
])("stochastic acting (%s)", (_, parts) => {
  const size = featuresOf(parts.header.observationSpace);
  const observation = noise(size, 5).map((x) => x / 4);
  const draw = (policy: Policy, count = 40) => Array.from({ length: count }, () => policy.act(observation, { deterministic: false }));

  it("repeats itself from the same seed, and only from it", async () => {
    const policy = await make(parts);
    const fromZero = draw(policy);
    expect(draw(policy)).not.toEqual(fromZero);
    policy.seed(7);
    const fromSeven = draw(policy);
    policy.seed(0);
    expect(draw(policy)).toEqual(fromZero);
    expect(draw(await make(parts))).toEqual(fromZero);
    policy.seed(7);
    expect(draw(policy)).toEqual(fromSeven);
    expect(fromSeven).not.toEqual(fromZero);
  });

  it("is not moved on by deterministic acting", async () => {
    const policy = await make(parts);
    const wanted = draw(policy, 20);
    policy.seed(0);
    const mixed = Array.from({ length: 20 }, () => {
      policy.act(observation);
      return policy.act(observation, { deterministic: false });
    });
    expect(mixed).toEqual(wanted);
  });

  it("draws for the first row of a batch what it draws for a single observation", async () => {
    const policy = await make(parts);
    const single = policy.act(observation, { deterministic: false });
    for (const rows of BATCHES) {
      policy.seed(0);
      const batch = policy.actBatch(
        Float32Array.from({ length: rows * size }, (_, i) => observation[i % size] as number),
        { deterministic: false },
      );
      expect(typeof single === "number" ? batch[0] : batch.slice(0, 2)).toEqual(single);
    }
  });

  it("refuses a seed that is none", async () => {
    const policy = await make(parts);
    for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) expect(() => policy.seed(seed)).toThrow(UsageError);
  });
});

describe("a policy refuses", () => {
  it("an observation of the wrong length, and says what it wants", async () => {
    const policy = await make(categorical());
    expect(() => policy.act([1, 2, 3])).toThrow(new UsageError("the observation has 3 numbers, wanted 4; actBatch takes several"));
    expect(() => policy.act(new Float32Array(8))).toThrow(/has 8 numbers/);
    expect(() => policy.actBatch(new Float32Array(9))).toThrow(/^9 numbers are no whole rows of 4$/);
  });

  it("observations that are not finite, and goes on working", async () => {
    const policy = await make(categorical());
    const before = policy.act([1, 2, 3, 4]);
    expect(() => policy.act([1, Number.NaN, 3, 4])).toThrow(/^number 1 of the observations is NaN, not a finite float32$/);
    expect(() => policy.act([1, 2, 3, 1e300])).toThrow(/number 3 of the observations is 1e\+300/);
    expect(() => policy.logits(Float32Array.of(1, 2, 3, 4, 5, -Infinity, 7, 8))).toThrow(/number 5 of the observations is -Infinity/);
    expect(policy.act([1, 2, 3, 4])).toBe(before);
  });

  it("to value observations without a critic", async () => {
    const policy = await make(gaussian());
    expect(() => policy.values(new Float32Array(3))).toThrow(new UsageError("this policy has no critic"));
  });

  it("a batch beyond its memory, and goes on working", async () => {
    const tensors = new Map<string, NamedTensor>();
    const actor = chain(tensors, "actor", [1, 2 ** 15, 2], "relu");
    const { critic: _, ...header } = categorical().header;
    const policy = await make({ header: { ...header, observationSpace: { kind: "box", low: [0], high: [1] }, actor }, tensors });
    const before = policy.logits(Float32Array.of(0.5));
    expect(() => policy.actBatch(new Float32Array(2 ** 14))).toThrow(/^16384 rows take \d+ bytes; act on fewer$/);
    expect(policy.logits(Float32Array.of(0.5))).toEqual(before);
  });

  it("parts that don't fit one another", async () => {
    const { header, tensors } = categorical();
    tensors.delete("actor.1.bias");
    await expect(createPolicy(header, tensors, module)).rejects.toThrow(PolicyFormatError);
  });
});

describe("a policy", () => {
  it("answers an empty batch with nothing", async () => {
    const policy = await make(categorical());
    for (const answer of [policy.actBatch(new Float32Array()), policy.logits(new Float32Array()), policy.values(new Float32Array())]) {
      expect(answer).toHaveLength(0);
    }
  });

  it("gives results that later calls leave alone", async () => {
    const policy = await make(gaussian());
    const observations = noise(9 * 3);
    const results = [policy.act(observations.subarray(0, 3)) as Float32Array, policy.actBatch(observations), policy.logits(observations)];
    const copies = results.map((result) => result.slice());
    for (const rows of [9, 1, 33, 9]) policy.actBatch(noise(rows * 3, 9));
    expect(results).toEqual(copies);
  });

  it("does not share weights with its maker or with another policy", async () => {
    const { header, tensors } = categorical();
    const policy = await make({ header, tensors });
    const observation = noise(4, 3);
    const before = policy.logits(observation);
    tensors.get("actor.0.weight")?.data.fill(0);
    const other = await make({ header, tensors });
    expect(other.logits(observation)).not.toEqual(before);
    expect(policy.logits(observation)).toEqual(before);
  });

  it("may use one tensor in several places", async () => {
    const { header, tensors } = categorical([4, 4]);
    const layer = header.actor[1] as LayerSpec;
    const actor = [layer, layer, layer, header.actor[2] as LayerSpec];
    const policy = await make({ header: { ...header, actor }, tensors });
    const observation = noise(4, 3);
    forward(actor, tensors, [...observation]).forEach((wanted, i) => {
      expect(policy.logits(observation)[i]).toBeCloseTo(wanted, 5);
    });
  });
});

describe("loading a policy", () => {
  let folder: string;
  let server: Server;
  let origin: string;
  let file: Uint8Array<ArrayBuffer>;
  const { header, tensors } = categorical();

  beforeAll(async () => {
    file = await encodePolicy(header, tensors);
    folder = await mkdtemp(join(tmpdir(), "policy-"));
    await writeFile(join(folder, "good.safetensors"), file);
    await writeFile(join(folder, "short.safetensors"), file.subarray(0, 100));
    server = createServer((request, response) => {
      response.writeHead(request.url === "/good" ? 200 : 404).end(request.url === "/good" ? file : "not here");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  it("works from bytes, a path, a file: URL and the web, with a module and without", async () => {
    const path = join(folder, "good.safetensors");
    const observation = noise(4);
    const { logits, sha256 } = await make({ header, tensors }).then((made) => ({ logits: made.logits(observation), sha256: made.sha256 }));
    const sources = [
      file,
      file.buffer,
      Buffer.from(file),
      path,
      pathToFileURL(path),
      pathToFileURL(path).href,
      `${origin}/good`,
      new URL(`${origin}/good`),
    ];
    for (const source of sources) {
      for (const options of [{}, { wasmModule: module }]) {
        const policy = await loadPolicy(source, options);
        expect(policy.header).toEqual(header);
        expect(policy.sha256).toBe(sha256);
        expect(policy.logits(observation)).toEqual(logits);
        expect(await policy.bytes()).toEqual(file);
      }
    }
  });

  it("keeps its own copy of the bytes", async () => {
    const bytes = file.slice();
    const loading = loadPolicy(bytes, { wasmModule: module });
    bytes.fill(0);
    const policy = await loading;
    (await policy.bytes()).fill(0);
    expect(await policy.bytes()).toEqual(file);
  });

  it("says which file is missing", async () => {
    const missing = join(folder, "missing.safetensors");
    await expect(loadPolicy(missing)).rejects.toThrow(new UsageError(`there is no policy file ${missing}`));
    await expect(loadPolicy(pathToFileURL(missing))).rejects.toThrow(UsageError);
    await expect(loadPolicy(`${origin}/missing`)).rejects.toThrow(
      new UsageError(`can't read the policy file ${origin}/missing: the server answers 404 Not Found`),
    );
    await expect(loadPolicy("http://127.0.0.1:1/x")).rejects.toThrow(/^can't read the policy file http:\/\/127.0.0.1:1\/x: /);
  });

  it("says which file is bad, and why", async () => {
    const short = join(folder, "short.safetensors");
    const error = await loadPolicy(short).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PolicyFormatError);
    expect((error as Error).message).toMatch(/short.safetensors: cut short: a header of \d+ bytes, of which 92 follow$/);
  });

  it("refuses a folder, an unknown scheme and anything that is no source", async () => {
    await expect(loadPolicy(folder)).rejects.toThrow(
      new UsageError(`can't read the policy file ${folder}: EISDIR: illegal operation on a directory, read`),
    );
    await expect(loadPolicy("ftp://example.org/x")).rejects.toThrow(/^can't read the policy file ftp:\/\/example.org\/x: /);
    await expect(loadPolicy("file://%")).rejects.toThrow(UsageError);
    for (const source of [undefined, null, 3, {}]) await expect(loadPolicy(source as never)).rejects.toThrow(UsageError);
  });
});
