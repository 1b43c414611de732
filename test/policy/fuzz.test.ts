/**
 * Bad and hostile files, more than a hundred thousand of them: each is refused with a PolicyFormatError that gives a reason, at once; or it is
 * a right file, and then acts as it says.
 */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { featuresOf } from "../../src/core/spaces.js";
import { encodePolicy } from "../../src/policy/encode.js";
import { type DecodedPolicy, decodePolicy, PolicyFormatError } from "../../src/policy/format.js";
import { loadPolicy } from "../../src/policy/policy.js";
import { forward } from "./forward.js";
import { categorical, gaussian, type LooseFile, type LooseJson, noise, putTogether, seal, takeApart } from "./samples.js";

const FILES = await Promise.all([categorical([3]), gaussian([2])].map(({ header, tensors }) => encodePolicy(header, tensors)));
const PARTS = FILES.map(takeApart);
/** What a case may take, in milliseconds of computing: a machine that is busy with other things takes longer by the clock. */
const AT_ONCE = 100;
/** What else this process does may fall on a case; not on the same one so many times. */
const ATTEMPTS = 5;

let cases = 0;
let slowest = 0;
afterAll(() => {
  expect(cases).toBeGreaterThanOrEqual(100_000);
  expect(slowest).toBeLessThan(AT_ONCE);
});

/** What came of a file: a reason, or what it holds. */
async function outcomeOf(bytes: Uint8Array): Promise<string | DecodedPolicy> {
  cases++;
  let [outcome, taken]: [unknown, number] = [undefined, Number.POSITIVE_INFINITY];
  for (let attempt = 0; attempt < ATTEMPTS && taken >= AT_ONCE; attempt++) {
    const before = process.cpuUsage();
    outcome = await decodePolicy(bytes).catch((error: unknown) => error);
    const { user, system } = process.cpuUsage(before);
    taken = Math.min(taken, (user + system) / 1000);
  }
  slowest = Math.max(slowest, taken);
  if (!(outcome instanceof Error)) return outcome as DecodedPolicy;
  if (!(outcome instanceof PolicyFormatError)) throw outcome;
  if (outcome.message.length > 400 || /[\n\r]/.test(outcome.message)) throw new Error(`a reason too long: ${outcome.message}`);
  return outcome.message;
}

async function expectRefused(bytes: Uint8Array): Promise<void> {
  const outcome = await outcomeOf(bytes);
  if (typeof outcome !== "string") throw new Error("a bad file was taken");
}

/** A file that was taken acts as the numbers in it say, and says so again when written. */
async function expectRight(bytes: Uint8Array, { header, tensors }: DecodedPolicy): Promise<void> {
  const again = await decodePolicy(await encodePolicy(header, tensors));
  expect(again.header).toEqual(header);
  expect([...again.tensors]).toEqual([...tensors]);
  const width = featuresOf(header.observationSpace) * (header.frameStack ?? 1);
  if (header.observationSpace.kind === "discrete" || header.observationNormalizer) return;
  const policy = await loadPolicy(bytes);
  const observation = noise(width, 3);
  const wanted = forward(header.actor, tensors, [...observation]);
  const got = policy.logits(observation);
  wanted.forEach((value, i) => {
    if (Math.abs(value) < 1e30) expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(value)));
  });
  expect(typeof policy.act(observation.slice(0, featuresOf(header.observationSpace)))).toBe(
    policy.header.actionSpace.kind === "box" ? "object" : "number",
  );
}

async function expectRefusedOrRight(bytes: Uint8Array): Promise<void> {
  const outcome = await outcomeOf(bytes);
  if (typeof outcome !== "string") await expectRight(bytes, outcome);
}

/** Checks `numRuns` cases. */
function every<T>(arbitrary: fc.Arbitrary<T>, numRuns: number, check: (value: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(arbitrary, check), { numRuns, seed: 17, endOnFailure: true });
}

const file = fc.constantFrom(...FILES);
const part = fc.constantFrom(...PARTS);
const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("altered bytes are refused:", () => {
  it("bits flipped, one or several", async () => {
    await every(
      fc.tuple(file, fc.array(fc.tuple(position, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 })),
      32_000,
      async ([bytes, flips]) => {
        const altered = bytes.slice();
        for (const [at, mask] of flips) {
          const i = Math.floor(at * bytes.length);
          altered[i] = (altered[i] as number) ^ mask;
        }
        if (Buffer.compare(altered, bytes) !== 0) await expectRefused(altered);
      },
    );
  }, 60_000);

  it("cut short, or with parts taken out, doubled or made anew", async () => {
    const shape = fc.tuple(file, position, position, fc.uint8Array({ maxLength: 12 }));
    await every(shape, 15_000, async ([bytes, from, to, inserted]) => {
      const [begin, end] = [from, to].map((share) => Math.floor(share * bytes.length)) as [number, number];
      const altered = Uint8Array.of(...bytes.subarray(0, begin), ...inserted, ...bytes.subarray(end));
      if (Buffer.compare(altered, bytes) !== 0) await expectRefused(altered);
    });
  }, 60_000);

  it("headers of any declared length", async () => {
    await every(fc.tuple(file, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), 5_000, async ([bytes, length]) => {
      const altered = bytes.slice();
      new DataView(altered.buffer).setBigUint64(0, length % 3n === 0n ? length % 4096n : length, true);
      if (Buffer.compare(altered, bytes) !== 0) await expectRefused(altered);
    });
  }, 60_000);

  it("no policy at all", async () => {
    await every(fc.uint8Array({ maxLength: 120 }), 5_000, expectRefused);
    await every(fc.json({ maxDepth: 3 }), 5_000, (text) => expectRefused(seal(text, new Uint8Array())));
  }, 60_000);
});

/** Values that a field of the header may be set to, of the kinds that break readers. */
const values: fc.Arbitrary<LooseJson> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    "",
    "x",
    "inf",
    "-inf",
    "__proto__",
    "constructor",
    [],
    {},
    [[]],
    [{}],
    { kind: "box" },
    { kind: "discrete", n: 2 },
  ),
  fc.constantFrom(-1, 0, 1, 2, 3, 4, 0.5, 64, 65, 1025, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 60, -(2 ** 53), 1e308, 5e-324),
  fc.constantFrom(
    "actor.0.weight",
    "actor.1.bias",
    "critic.1.bias",
    "logStd",
    "F32",
    "F16",
    "gaussian",
    "greedy",
    "deterministic",
    "relu",
    "discrete",
  ),
  fc.array(fc.constantFrom(0, 1, 2, 3, 4, 8, 12, 2 ** 53), { maxLength: 4 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** One of the places of a value, by what it stands in and its name there. */
function placesIn(value: LooseJson): [LooseJson, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((name): [LooseJson, string][] => [[value, name], ...placesIn(value[name])]);
}

/** Sets, takes out or adds a field; or exchanges two. */
function mutate(root: LooseJson, kind: number, at: number, other: number, value: LooseJson): void {
  const places = placesIn(root);
  const [[holder, name], [holder2, name2]] = [at, other].map((share) => places[Math.floor(share * places.length)]) as [
    [LooseJson, string],
    [LooseJson, string],
  ];
  if (kind === 0) delete holder[name];
  else if (kind === 1) holder[`${name}2`] = value;
  else if (kind === 2) holder[name] = structuredClone(holder2[name2]);
  else holder[name] = value;
}

describe("files with a right checksum are refused, or right:", () => {
  const mutation = fc.tuple(fc.integer({ min: 0, max: 6 }), position, position, values);

  it("with other values in their headers", async () => {
    await every(
      fc.tuple(part, fc.boolean(), fc.array(mutation, { minLength: 1, maxLength: 3 })),
      32_000,
      async ([whole, isPolicy, mutations]) => {
        const { data, ...headers } = whole;
        const altered: LooseFile = { ...structuredClone(headers), data };
        for (const [kind, at, other, value] of mutations) mutate(isPolicy ? altered.lanewise : altered.specs, kind, at, other, value);
        await expectRefusedOrRight(putTogether(altered));
      },
    );
  }, 60_000);

  it("with other numbers in their data", async () => {
    const words = fc.oneof(
      fc.constantFrom(0x7fc00000, 0x7f800000, 0xff800000, 0x7f800001, 0x80000000, 1, 0x7f7fffff),
      fc.nat({ max: 0xffffffff }),
    );
    await every(fc.tuple(part, position, words), 10_000, async ([whole, at, word]) => {
      const data = whole.data.slice();
      const view = new DataView(data.buffer);
      const offset = 4 * Math.floor((at * data.length) / 4);
      view.setUint32(offset, word, true);
      const outcome = await outcomeOf(putTogether({ ...whole, data }));
      expect(typeof outcome === "string").toBe(!Number.isFinite(view.getFloat32(offset, true)));
      if (typeof outcome === "string") expect(outcome).toMatch(/holds (NaN|-?Infinity), not a finite float32$/);
    });
  }, 60_000);
});

describe("gigantic headers are refused at once:", () => {
  const LIMIT = 2 ** 18;
  const repeated = (text: string, room = LIMIT - 400) => text.repeat(Math.floor(room / text.length));
  const many = (entry: (i: number) => string) => {
    const entries: string[] = [];
    for (let i = 0, length = 0; length < LIMIT - 200; length += (entries.at(-1) as string).length + 1) entries.push(entry(i++));
    return entries.join(",");
  };
  const withPolicy = (change: (lanewise: LooseJson) => void) => {
    const whole = structuredClone(PARTS[0] as LooseFile);
    change(whole.lanewise);
    return putTogether(whole);
  };
  it.each<[string, () => Uint8Array]>([
    ["nested lists", () => seal(`{"a":${repeated("[")}`, new Uint8Array())],
    ["nested lists that end", () => seal(`{"a":${"[".repeat(1.3e5)}${"]".repeat(1.3e5)}}`, new Uint8Array())],
    ["nested objects", () => seal(`{"a":${'{"a":'.repeat(4e4)}1${"}".repeat(4e4)}}`, new Uint8Array())],
    [
      "as many tensors as there is room for",
      () =>
        seal(`{${many((i) => `"${i}x":{"dtype":"F32","shape":[],"data_offsets":[${4 * i},${4 * i + 4}]}`)}}`, new Uint8Array(4 * 6_000)),
    ],
    ["as many keys as there is room for", () => seal(`{${many((i) => `"${i}x":0`)}}`, new Uint8Array())],
    ["a key as long as there is room for", () => seal(`{"${repeated("x")}":1}`, new Uint8Array())],
    ["a text of quotes", () => seal(`{"a":"${repeated('\\"')}"}`, new Uint8Array())],
    ["a shape of very many axes", () => seal(`{"a":{"dtype":"F32","shape":[${repeated("1,")}1],"data_offsets":[0,4]}}`, new Uint8Array(4))],
    [
      "a box of very many bounds",
      () => withPolicy((lanewise) => (lanewise.observationSpace = { kind: "box", low: Array(5e4).fill(0), high: Array(5e4).fill(1) })),
    ],
    ["very many layers", () => withPolicy((lanewise) => (lanewise.actor = Array(2_000).fill(lanewise.actor[0])))],
    ["as many frames as there may be", () => withPolicy((lanewise) => (lanewise.frameStack = 1024))],
    ["as many indices as there may be", () => withPolicy((lanewise) => (lanewise.observationSpace = { kind: "discrete", n: 2 ** 31 - 1 }))],
  ])("%s", async (_, make) => {
    const bytes = make();
    expect(bytes.length).toBeLessThan(2 * LIMIT);
    await expectRefused(bytes);
  });
});
