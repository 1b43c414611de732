/** Files that are refused, each with its reason, and policies that can't become files. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { box } from "../../src/core/spaces.js";
import { encodePolicy } from "../../src/policy/encode.js";
import { decodePolicy, PolicyFormatError } from "../../src/policy/format.js";
import { categorical, gaussian, type LooseFile, putTogether, seal, takeApart } from "./samples.js";

/** The reason for which a file is refused. */
async function refusal(bytes: Uint8Array): Promise<string> {
  const error: unknown = await decodePolicy(bytes).then(
    () => "it was taken",
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(PolicyFormatError);
  const { message } = error as Error;
  expect(message).not.toMatch(/[\n\r]/);
  expect(message.length).toBeLessThan(400);
  return message;
}

describe("a damaged file", () => {
  it("is refused whichever byte was altered, and whichever bit of it", async () => {
    for (const { header, tensors } of [categorical([1]), gaussian([1])]) {
      const bytes = await encodePolicy(header, tensors);
      for (let at = 0; at < bytes.length; at++) {
        for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
          const altered = bytes.slice();
          altered[at] = (altered[at] as number) ^ mask;
          await refusal(altered);
        }
      }
    }
  }, 60_000);

  it("is refused wherever it was cut short", async () => {
    const { header, tensors } = categorical();
    const bytes = await encodePolicy(header, tensors);
    for (let length = 0; length < bytes.length; length++) expect(await refusal(bytes.slice(0, length))).toMatch(/short/);
  });

  it("is refused if anything follows it", async () => {
    const { header, tensors } = categorical();
    const bytes = await encodePolicy(header, tensors);
    expect(await refusal(Uint8Array.of(...bytes, 0))).toMatch(/^too long: 1 bytes follow/);
  });

  it("is refused for its checksum alone when all else is well-formed", async () => {
    const { header, tensors } = categorical();
    const bytes = await encodePolicy(header, tensors);
    const last = bytes.length - 4;
    bytes[last] = (bytes[last] as number) ^ 1;
    expect(await refusal(bytes)).toMatch(/^altered: its SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}$/);
  });

  it("is refused as random bytes, quickly", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await refusal(bytes);
      }),
      { seed: 1 },
    );
  });
});

function withLength(length: bigint, rest: string): Uint8Array {
  const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(rest, "latin1")]);
  bytes.writeBigUInt64LE(length);
  return bytes;
}

describe("a file that is no safetensors file is refused:", () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["nothing at all", new Uint8Array(), /^too short: 0 bytes hold no header$/],
    ["a length and nothing else", withLength(0n, ""), /^too short: 8 bytes/],
    ["an empty header", withLength(0n, "x"), /^not a policy file: its header is no UTF-8 that begins with "\{"/],
    ["a header of 2⁶⁴-1 bytes", withLength(2n ** 64n - 1n, "{}"), /^not a policy file: a header of 18446744073709552000 bytes/],
    ["a header just above the limit", withLength(2n ** 18n + 1n, "{}"), /at most 262144 are allowed/],
    ["a header longer than the file", withLength(3n, "{}"), /^cut short: a header of 3 bytes, of which 2 follow/],
    ["a web page", Buffer.from("<!doctype html><html>not found</html>"), /^not a policy file/],
    ["a header that is a list", withLength(2n, "[]"), /no UTF-8 that begins with "\{"/],
    ["half a header", withLength(4n, '{"a"'), /^the file's header is not compact JSON/],
    ["invalid UTF-8", withLength(7n, '{"\xff":1}'), /no UTF-8 that begins/],
    ["a header with a key twice", seal('{"a":1,"a":2}', new Uint8Array()), /not compact JSON with every key once/],
    ["a deeply nested header", withLength(200000n, `{"a":${"[".repeat(199995)}`), /not compact JSON/],
    ["no metadata", withLength(2n, "{}"), /^__metadata__ is undefined, wanted an object/],
    ["metadata that are not texts", seal('{"__metadata__":{"sha256":1}}', new Uint8Array()), /^__metadata__.sha256 is 1, wanted text/],
    [
      "no policy",
      seal(`{"__metadata__":{"sha256":"${"0".repeat(64)}"}}`, new Uint8Array()),
      /^__metadata__.lanewise is undefined, wanted text/,
    ],
    ["no checksum", seal('{"__metadata__":{"lanewise":"{}"}}', new Uint8Array()), /^__metadata__.sha256 is undefined, wanted text/],
  ];
  it.each(cases)("%s", async (_, bytes, reason) => {
    expect(await refusal(bytes)).toMatch(reason);
  });
});

describe("a file with a correct checksum is refused if it holds", () => {
  const cases: readonly (readonly [string, (file: LooseFile) => void, RegExp])[] = [
    // tensors
    ["another dtype", ({ specs }) => (specs["actor.0.bias"].dtype = "F16"), /^tensor "actor.0.bias".dtype is "F16", wanted F32/],
    ["a tensor that is no object", ({ specs }) => (specs.x = 1), /^tensor "x" is 1, wanted an object/],
    ["an unknown field in a tensor", ({ specs }) => (specs["actor.0.bias"].url = "x"), /unknown field "url"/],
    [
      "a tensor without offsets",
      ({ specs }) => delete specs["actor.0.bias"].data_offsets,
      /^tensor "actor.0.bias".data_offsets is undefined, wanted a list of 2 to 2/,
    ],
    ["three offsets", ({ specs }) => specs["actor.0.bias"].data_offsets.push(1), /data_offsets is \[48,60,1\], wanted a list of 2 to 2/],
    [
      "a negative offset",
      ({ specs }) => (specs["actor.0.weight"].data_offsets = [-48, 0]),
      /^tensor "actor.0.weight".data_offsets\[0\] is -48, wanted an integer from 0/,
    ],
    [
      "offsets in reverse",
      ({ specs }) => specs["actor.0.bias"].data_offsets.reverse(),
      /has -12 bytes of data, but its shape \[3\] takes 12/,
    ],
    [
      "a huge tensor",
      ({ specs }) => (specs.x = { dtype: "F32", shape: [2 ** 50], data_offsets: [0, 2 ** 52] }),
      /begins at|beyond the file/,
    ],
    [
      "a product of sizes beyond all numbers",
      ({ specs }) => (specs["actor.0.bias"].shape = Array(8).fill(2 ** 52)),
      /but its shape .* takes/,
    ],
    ["too many axes", ({ specs }) => (specs["actor.0.bias"].shape = Array(9).fill(1)), /wanted a list of 0 to 8/],
    [
      "an empty tensor",
      ({ specs }) => (specs.x = { dtype: "F32", shape: [0], data_offsets: [0, 0] }),
      /^tensor "x".shape\[0\] is 0, wanted an integer from 1/,
    ],
    ["a size that is no integer", ({ specs }) => (specs["actor.0.bias"].shape = [1.5, 2]), /is 1.5, wanted an integer from 1 to/],
    [
      "overlapping tensors",
      ({ specs }) => (specs.x = { dtype: "F32", shape: [1], data_offsets: [4, 8] }),
      /^tensor "x" begins at 4, not at 48/,
    ],
    ["a gap", ({ specs }) => delete specs["actor.0.bias"], /^tensor "actor.1.weight" begins at 60, not at 48/],
    [
      "a tensor beyond the end",
      (file) => (file.data = file.data.slice(0, -4)),
      /^cut short: tensor "critic.1.bias" ends 4 bytes beyond the file/,
    ],
    ["data that no tensor owns", (file) => (file.data = Uint8Array.of(...file.data, 0, 0, 0, 0)), /^too long: 4 bytes follow/],
    [
      "a weight that is not a number",
      ({ data }) => data.set([0, 0, 0xc0, 0x7f], 4),
      /^tensor "actor.0.weight" holds NaN, not a finite float32$/,
    ],
    ["an infinite weight", ({ data }) => data.set([0, 0, 0x80, 0xff], 48), /^tensor "actor.0.bias" holds -Infinity, not/],
    ["more metadata", ({ metadata }) => (metadata.format = "pt"), /^__metadata__ has an unknown field "format"$/],
    ["an upper-case checksum", ({ metadata }) => (metadata.sha256 = "A".repeat(64)), /^altered: its SHA-256 is [0-9a-f]{64}, not A{64}$/],
    // header
    ["a policy that is a list", (file) => (file.lanewise = []), /^header is \[\], wanted an object/],
    ["another version", ({ lanewise }) => (lanewise.formatVersion = 2), /^header.formatVersion is 2, wanted 1$/],
    ["no algorithm", ({ lanewise }) => delete lanewise.algorithm, /^header.algorithm is undefined, wanted text/],
    ["an unknown field", ({ lanewise }) => (lanewise.normalizer = "x"), /^header has an unknown field "normalizer"$/],
    ["an environment without a name", ({ lanewise }) => (lanewise.environment = null), /^header.environment is null, wanted text/],
    [
      "an unknown space",
      ({ lanewise }) => (lanewise.actionSpace = { kind: "tuple" }),
      /^header.actionSpace.kind is "tuple", wanted discrete or box/,
    ],
    ["no actions", ({ lanewise }) => (lanewise.actionSpace.n = 0), /^header.actionSpace.n is 0, wanted an integer from 1 to 2147483647/],
    [
      "a box without components",
      ({ lanewise }) => (lanewise.observationSpace = { kind: "box", low: [], high: [] }),
      /^header.observationSpace.low is \[\], wanted a list of 1 to/,
    ],
    [
      "a box of unequal lengths",
      ({ lanewise }) => lanewise.observationSpace.high.pop(),
      /^header.observationSpace has bounds that don't fit/,
    ],
    ["bounds in reverse", ({ lanewise }) => (lanewise.observationSpace.low[2] = 9), /^header.observationSpace has bounds that don't fit/],
    [
      "a bound that is no number",
      ({ lanewise }) => (lanewise.observationSpace.low[1] = "nan"),
      /^header.observationSpace.low\[1\] is not a number, "inf" or "-inf"/,
    ],
    [
      "an unknown activation",
      ({ lanewise }) => (lanewise.actor[0].activation = "toString"),
      /^header.actor\[0\].activation is "toString", wanted linear or tanh or relu/,
    ],
    ["no layers", ({ lanewise }) => (lanewise.actor = []), /^header.actor is \[\], wanted a list of 1 to 64/],
    [
      "too many layers",
      ({ lanewise }) => (lanewise.actor = Array(65).fill(lanewise.actor[0])),
      /^header.actor is .*…, wanted a list of 1 to 64/,
    ],
    ["a layer whose tensor is missing", ({ lanewise }) => (lanewise.actor[1].weight = "x"), /^actor\[1\].weight names no tensor: "x"/],
    [
      "an inherited name of a tensor",
      ({ lanewise }) => (lanewise.actor[1].bias = "constructor"),
      /^actor\[1\].bias names no tensor: "constructor"/,
    ],
    [
      "a first layer of the wrong size",
      ({ lanewise }) => (lanewise.observationSpace = { kind: "discrete", n: 5 }),
      /^actor\[0\].weight "actor.0.weight" has the shape \[4,3\], wanted \[5,3\]/,
    ],
    [
      "layers in the wrong order",
      ({ lanewise }) => lanewise.actor.reverse(),
      /^actor\[0\].weight "actor.1.weight" has the shape \[3,2\], wanted \[4,2\]/,
    ],
    ["too few layers", ({ lanewise }) => lanewise.actor.pop(), /^the actor ends in 3 outputs, wanted 2/],
    [
      "a weight for a bias",
      ({ lanewise }) => (lanewise.actor[0].bias = "actor.0.weight"),
      /^actor\[0\].bias "actor.0.weight" has the shape \[4,3\], wanted \[3\]/,
    ],
    ["a critic of two outputs", ({ lanewise }) => (lanewise.critic = lanewise.actor), /^the critic ends in 2 outputs, wanted 1/],
    [
      "an unknown distribution",
      ({ lanewise }) => (lanewise.distribution.kind = "beta"),
      /^header.distribution.kind is "beta", wanted categorical or greedy or gaussian/,
    ],
    [
      "a gaussian over indices",
      ({ lanewise }) => (lanewise.distribution = { kind: "gaussian", logStd: "actor.1.bias" }),
      /^a gaussian distribution doesn't go with a discrete actionSpace/,
    ],
    [
      "a negative seed",
      ({ lanewise }) => (lanewise.training.seed = -1),
      /^header.training.seed is -1, wanted an integer from 0 to 4294967295/,
    ],
    [
      "steps that are text",
      ({ lanewise }) => (lanewise.training.steps = "many\nof them"),
      /^header.training.steps is "many\\nof them", wanted an integer from 0 to \d+/,
    ],
  ];
  it.each(cases)("%s", async (_, change, reason) => {
    const { header, tensors } = categorical();
    const file = takeApart(await encodePolicy(header, tensors));
    await expect(decodePolicy(putTogether(file))).resolves.toMatchObject({ header });
    change(file);
    expect(await refusal(putTogether(file))).toMatch(reason);
  });

  it("a log-deviation of the wrong shape", async () => {
    const { header, tensors } = gaussian();
    const file = takeApart(await encodePolicy(header, tensors));
    file.lanewise.distribution.logStd = "actor.0.bias";
    expect(await refusal(putTogether(file))).toMatch(/^distribution.logStd "actor.0.bias" has the shape \[5\], wanted \[2\]/);
  });

  it("a key twice in the policy header", async () => {
    const { header, tensors } = categorical();
    const { specs, lanewise, metadata, data } = takeApart(await encodePolicy(header, tensors));
    const twice = JSON.stringify(lanewise).replace("{", '{"algorithm":"dqn",');
    const text = JSON.stringify({ __metadata__: { ...metadata, lanewise: twice }, ...specs });
    expect(await refusal(seal(text, data))).toMatch(/^the policy header is not compact JSON with every key once/);
  });
});

describe("the encoder refuses", () => {
  const cases: readonly (readonly [string, (parts: ReturnType<typeof categorical>) => Parameters<typeof encodePolicy>, RegExp])[] = [
    [
      "a diverged policy",
      ({ header, tensors }) => [header, tensors.set("nan", { shape: [1], data: Float32Array.of(Number.NaN) })],
      /holds NaN,/,
    ],
    [
      "a shape that does not fit the data",
      ({ header, tensors }) => [header, tensors.set("x", { shape: [3], data: new Float32Array(2) })],
      /has 8 bytes of data, but its shape \[3\] takes 12/,
    ],
    [
      "the reserved name",
      ({ header, tensors }) => [header, tensors.set("__metadata__", { shape: [1], data: new Float32Array(1) })],
      /no tensor may be named/,
    ],
    ["a missing tensor", ({ header }) => [header, new Map()], /actor\[0\].weight names no tensor: "actor.0.weight"/],
    [
      "a bound that is not a number",
      ({ header, tensors }) => [{ ...header, observationSpace: box([Number.NaN], [1]) }, tensors],
      /observationSpace.low\[0\] is not a number/,
    ],
    [
      "a header beyond the limit",
      ({ header, tensors }) => [{ ...header, algorithm: "x".repeat(2 ** 20) }, tensors],
      /at most 262144 are allowed/,
    ],
  ];
  it.each(cases)("%s", async (_, parts, reason) => {
    const error = await encodePolicy(...parts(categorical())).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PolicyFormatError);
    expect((error as Error).message).toMatch(reason);
  });
});
