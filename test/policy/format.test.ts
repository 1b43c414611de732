/** Policy files that are whole: what they give back, and what stands in them. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { box, discrete, featuresOf, type Space } from "../../src/core/spaces.js";
import { encodePolicy, weightsSha256 } from "../../src/policy/encode.js";
import { decodePolicy, type NamedTensor, type PolicyHeader } from "../../src/policy/format.js";
import { categorical, chain, gaussian } from "./samples.js";

const bounds = fc.double({ noNaN: true }).map((value) => value + 0); // JSON knows no -0
const spaces: fc.Arbitrary<Space> = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map(discrete),
  fc.array(fc.tuple(bounds, bounds), { minLength: 1, maxLength: 5 }).map((pairs) =>
    box(
      pairs.map(([a, b]) => Math.min(a, b)),
      pairs.map(([a, b]) => Math.max(a, b)),
    ),
  ),
);
const policies = fc
  .record({
    observationSpace: spaces,
    actionSpace: spaces,
    hidden: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
    activation: fc.constantFrom("linear" as const, "tanh" as const, "relu" as const),
    hasCritic: fc.boolean(),
    names: fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), fc.string({ unit: "binary" })),
    prefix: fc.string({ unit: "binary" }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    steps: fc.maxSafeNat(),
    extra: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 9 }),
  })
  .map(({ observationSpace, actionSpace, hidden, activation, hasCritic, names, prefix, seed, steps, extra }) => {
    const tensors = new Map<string, NamedTensor>([["extra", { shape: [extra.length], data: Float32Array.from(extra) }]]);
    const actions = featuresOf(actionSpace);
    const actor = chain(tensors, `${prefix}a`, [featuresOf(observationSpace), ...hidden, actions], activation);
    const critic = hasCritic ? { critic: chain(tensors, `${prefix}c`, [featuresOf(observationSpace), ...hidden, 1], activation) } : {};
    if (actionSpace.kind === "box") tensors.set("s", { shape: [actions], data: new Float32Array(actions).fill(-0.5) });
    const header: PolicyHeader = {
      formatVersion: 1,
      algorithm: names[0],
      environment: names[1],
      observationSpace,
      actionSpace,
      actor,
      ...critic,
      distribution: actionSpace.kind === "box" ? { kind: "gaussian", logStd: "s" } : { kind: "categorical" },
      training: { seed, steps, version: names[2] },
    };
    return { header, tensors };
  });

describe("a policy file", () => {
  it("gives back what was put in, in the same order", async () => {
    await fc.assert(
      fc.asyncProperty(policies, async ({ header, tensors }) => {
        const decoded = await decodePolicy(await encodePolicy(header, tensors));
        expect(decoded.header).toEqual(header);
        expect([...decoded.tensors]).toEqual([...tensors]);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("is the same for the same policy, byte by byte, also after a round trip", async () => {
    const { header, tensors } = gaussian();
    const bytes = await encodePolicy(header, tensors);
    const decoded = await decodePolicy(bytes);
    expect(await encodePolicy(decoded.header, decoded.tensors)).toEqual(bytes);
  });

  it("keeps the order of tensors whose names look like numbers", async () => {
    const { header, tensors } = gaussian();
    const renamed = new Map([...tensors, ["7", { shape: [1], data: Float32Array.of(7) }], ["3", { shape: [1], data: Float32Array.of(3) }]]);
    const decoded = await decodePolicy(await encodePolicy(header, renamed));
    expect([...decoded.tensors.keys()]).toEqual([...renamed.keys()]);
  });

  it("is read from any window on a larger buffer, and from a Node buffer", async () => {
    const { header, tensors } = categorical();
    const bytes = await encodePolicy(header, tensors);
    const window = new Uint8Array(bytes.length + 9).subarray(3, -6);
    window.set(bytes);
    const { sha256 } = await decodePolicy(bytes);
    expect((await decodePolicy(window)).sha256).toBe(sha256);
    expect((await decodePolicy(Buffer.from(bytes))).sha256).toBe(sha256);
  });

  it("is not altered by being read", async () => {
    const { header, tensors } = categorical();
    const bytes = Buffer.from(await encodePolicy(header, tensors));
    const before = Uint8Array.from(bytes);
    await decodePolicy(bytes);
    expect(Uint8Array.from(bytes)).toEqual(before);
  });

  it("is what a reader of plain safetensors expects", async () => {
    const { header, tensors } = categorical();
    const bytes = Buffer.from(await encodePolicy(header, tensors));
    const length = Number(bytes.readBigUInt64LE(0));
    const { __metadata__: metadata, ...specs } = JSON.parse(bytes.toString("utf8", 8, 8 + length));
    expect((8 + length) % 8).toBe(0);
    expect(Object.values(metadata).every((value) => typeof value === "string")).toBe(true);
    expect(Object.keys(specs)).toEqual([...tensors.keys()]);
    for (const [name, { dtype, shape, data_offsets }] of Object.entries<{ dtype: string; shape: number[]; data_offsets: number[] }>(
      specs,
    )) {
      const [begin = 0, end = 0] = data_offsets;
      const numbers = Array.from({ length: (end - begin) / 4 }, (_, i) => bytes.readFloatLE(8 + length + begin + 4 * i));
      expect({ dtype, shape, numbers }).toEqual({
        dtype: "F32",
        shape: tensors.get(name)?.shape,
        numbers: [...(tensors.get(name)?.data ?? [])],
      });
    }
    expect(JSON.parse(metadata.lanewise)).toMatchObject({ formatVersion: 1, observationSpace: { low: [-4.8, "-inf", -0.5, "-inf"] } });
    const blank = Buffer.from(bytes.toString("latin1").replace(metadata.sha256, "0".repeat(64)), "latin1");
    expect(metadata.sha256).toBe(createHash("sha256").update(blank).digest("hex"));
  });

  it("has these golden bytes", async () => {
    const header: PolicyHeader = {
      formatVersion: 1,
      algorithm: "a",
      environment: "e",
      observationSpace: discrete(1),
      actionSpace: discrete(1),
      actor: [{ weight: "w", bias: "b", activation: "relu" }],
      distribution: { kind: "categorical" },
      training: { seed: 0, steps: 0, version: "0" },
    };
    const one = (value: number, shape: number[]) => ({ shape, data: Float32Array.of(value) });
    const bytes = Buffer.from(
      await encodePolicy(
        header,
        new Map([
          ["w", one(1.5, [1, 1])],
          ["b", one(-2, [1])],
        ]),
      ),
    );
    const text =
      '{"__metadata__":{"sha256":"SUM","lanewise":"{\\"formatVersion\\":1,\\"algorithm\\":\\"a\\",\\"environment\\":\\"e\\",' +
      '\\"observationSpace\\":{\\"kind\\":\\"discrete\\",\\"n\\":1},\\"actionSpace\\":{\\"kind\\":\\"discrete\\",\\"n\\":1},' +
      '\\"actor\\":[{\\"weight\\":\\"w\\",\\"bias\\":\\"b\\",\\"activation\\":\\"relu\\"}],\\"distribution\\":{\\"kind\\":\\"categorical\\"},' +
      '\\"training\\":{\\"seed\\":0,\\"steps\\":0,\\"version\\":\\"0\\"}}"},' +
      '"w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
    expect(
      bytes
        .toString("latin1", 8, bytes.length - 8)
        .trimEnd()
        .replace(/[0-9a-f]{64}/, "SUM"),
    ).toBe(text);
    expect(bytes.subarray(-8).toString("hex")).toBe("0000c03f000000c0");
  });
});

describe("the checksum of the weights", () => {
  it("is SHA-256 over their bytes in the map's order", async () => {
    const tensors = new Map([
      ["b", { shape: [2], data: Float32Array.of(1, 2) }],
      ["a", { shape: [1], data: Float32Array.of(-3) }],
    ]);
    const expected = createHash("sha256").update(Buffer.from("0000803f00000040000040c0", "hex")).digest("hex");
    expect(await weightsSha256(tensors)).toBe(expected);
    expect(await weightsSha256(new Map([...tensors].reverse()))).not.toBe(expected);
  });
});
