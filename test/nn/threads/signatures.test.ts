/** What the table of signatures says of each kernel, against what the kernel does to memory; and divided calls against whole ones. */
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Part, Range, SignatureOf } from "../../../src/nn/threads/call.js";
import { boundaries, partsOf } from "../../../src/nn/threads/parts.js";
import { signaturesOf } from "../../../src/nn/threads/signatures.js";
import { instantiate, MODULES, type NnKernels } from "../../../src/wasm/kernels.js";
import { randomNumbers } from "../../oracle/random.js";
import { type SampleCall, sampleCalls } from "./calls.js";

/** What stands where a part may not read: as f32 a NaN, as i32 an index outside of everything. */
const POISON = 0xff;

const memory = new WebAssembly.Memory({ initial: 64 });
let kernels: Readonly<Record<string, (...numbers: number[]) => unknown>>;
let signatures: Readonly<Record<string, SignatureOf>>;

beforeAll(async () => {
  const nn = await instantiate<NnKernels>({ memory } as never, MODULES.nn);
  kernels = nn as never;
  signatures = signaturesOf(nn);
});

/** Addresses one after the other, filled with numbers around 0; `end` is where free memory begins. */
function arrange() {
  const random = randomNumbers(7);
  let end = 64;
  const place = (count: number, draw = () => 4 * random() - 2, Type: Float32ArrayConstructor | Int32ArrayConstructor = Float32Array) => {
    const address = end;
    new Type(memory.buffer, address, count).set(Array.from({ length: count }, draw));
    end = Math.ceil((address + 4 * count + 64) / 64) * 64;
    return address;
  };
  const indices = (count: number, below: number) => place(count, () => Math.floor(below * random()), Int32Array);
  return { place: (count: number) => place(count), indices, end: () => end };
}

interface Arranged extends SampleCall {
  readonly before: Uint8Array;
}

/** One call at a time, with memory as it is before it. */
function* calls(): Generator<Arranged> {
  let arranged = arrange();
  const sample = sampleCalls(
    (count) => arranged.place(count),
    (count, below) => arranged.indices(count, below),
  );
  for (const call of sample) {
    yield { ...call, before: new Uint8Array(memory.buffer.slice(0, arranged.end())) };
    arranged = arrange();
  }
}

const load = (bytes: Uint8Array) => new Uint8Array(memory.buffer).set(bytes);
const bytesNow = (length: number) => new Uint8Array(memory.buffer.slice(0, length));
const isIn = (ranges: readonly Pick<Range, "start" | "end">[], at: number) => ranges.some(({ start, end }) => at >= start && at < end);

/** Memory with nothing in it but what the ranges say is read. */
function poisoned(before: Uint8Array, ranges: readonly Range[]): Uint8Array {
  const bytes = new Uint8Array(before.length).fill(POISON);
  for (const { start, end, isWritten } of ranges) if (!isWritten) bytes.set(before.subarray(start, end), start);
  return bytes;
}

const run = ({ kernel, args }: Pick<Part, "kernel" | "args">) => kernels[kernel]?.(...args);

describe("the table of signatures", () => {
  /** Kernels by the texts that record them: `nn.name`, or `nn[`prefix${…}`]`. */
  function recordedKernels(): string[] {
    const folder = new URL("../../../src/nn/kernels/", import.meta.url);
    const text = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8")).join("\n"); // biome-ignore format: short
    const names = [...text.matchAll(/\bnn\.(\w+)/g)].map(([, name]) => name as string);
    const prefixes = [...text.matchAll(/\bnn\[`(\w+)\$/g)].map(([, prefix]) => prefix as string);
    const followers = [...text.matchAll(/"(unary\w+)"/g)].map(([, name]) => name as string);
    const matching = Object.keys(kernels).filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
    return [...new Set([...names, ...matching, ...followers])].filter((name) => !name.endsWith("ScratchBytes"));
  }

  it("knows every kernel that is recorded", () => {
    const names = recordedKernels();
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !signatures[name])).toEqual([]);
  });

  it("knows no kernel that isn't there", () => {
    expect(Object.keys(signatures).filter((name) => !kernels[name])).toEqual([]);
  });

  it("is tested whole", () => {
    const tested = new Set([...calls()].map(({ kernel }) => kernel));
    expect(Object.keys(signatures).filter((name) => !tested.has(name))).toEqual([]);
  });
});

describe("a kernel call", () => {
  it("writes what its signature says, and nothing else", () => {
    for (const { kernel, args, before } of calls()) {
      const signature = (signatures[kernel] as SignatureOf)(args);
      const { scratch } = signature;
      const own = scratch ? [{ start: args[scratch.argument] as number, end: (args[scratch.argument] as number) + scratch.bytes }] : [];
      const written = partsOf(kernel, args, signature, 1).flatMap((part) => part?.ranges.filter(({ isWritten }) => isWritten) ?? []);
      load(before);
      run({ kernel, args });
      const after = bytesNow(before.length);
      const astray = after.findIndex((byte, at) => byte !== before[at] && !isIn([...written, ...own], at));
      expect(astray, `${kernel}(${args})`).toBe(-1);
    }
  });

  it.each([1, 2, 3, 5])("gives the same bits in parts for %i threads, each from no more than it says it reads", (threads) => {
    let divided = 0;
    for (const { kernel, args, before } of calls()) {
      const signature = (signatures[kernel] as SignatureOf)(args);
      load(before);
      run({ kernel, args });
      const wanted = bytesNow(before.length);
      const parts = partsOf(kernel, args, signature, threads).filter((part) => part !== undefined);
      if (parts.length > 1) divided++;
      for (const part of parts.toReversed()) {
        load(poisoned(before, part.ranges));
        run(part);
        const after = bytesNow(before.length);
        for (const { start, end } of part.ranges.filter(({ isWritten }) => isWritten)) {
          for (let at = start; at < end; at++) {
            const isGap = after[at] === POISON && wanted[at] === before[at];
            if (after[at] !== wanted[at] && !isGap) expect.fail(`${kernel}(${args}) in part ${part.args} differs at ${at}`);
          }
        }
      }
      const whole = partsOf(kernel, args, signature, 1).flatMap((part) => part?.ranges ?? []);
      const written = parts.flatMap(({ ranges }) => ranges.filter(({ isWritten }) => isWritten));
      const missed = wanted.findIndex((byte, at) => byte !== before[at] && isIn(whole.filter((r) => r.isWritten), at) && !isIn(written, at)); // biome-ignore format: short
      expect(missed, `${kernel}(${args})`).toBe(-1);
    }
    expect(divided > 0).toBe(threads > 1);
  });

  it("has parts that write nothing twice", () => {
    for (const { kernel, args } of calls()) {
      const parts = partsOf(kernel, args, (signatures[kernel] as SignatureOf)(args), 4);
      const written = parts.map((part) => part?.ranges.filter(({ isWritten }) => isWritten) ?? []);
      written.forEach((mine, i) => {
        for (const other of written.slice(i + 1).flat()) {
          expect(mine.some(({ start, end }) => start < other.end && other.start < end), `${kernel}(${args})`).toBe(false); // biome-ignore format: short
        }
      });
    }
  });
});

describe("boundaries", () => {
  it("lead from 0 to the end in order, with something for the first thread and halves that are near each other", () => {
    for (let threads = 1; threads <= 6; threads++) {
      for (let units = 0; units <= 300; units++) {
        const bounds = boundaries(units, threads);
        expect(bounds).toHaveLength(threads + 1);
        expect([bounds[0], bounds[threads]]).toEqual([0, units]);
        expect(bounds.every((bound, i) => i === 0 || bound >= (bounds[i - 1] as number))).toBe(true);
        if (units > 0) expect(bounds[1]).toBeGreaterThan(0);
        const largest = Math.max(...bounds.slice(1).map((bound, i) => bound - (bounds[i] as number)));
        expect(largest).toBeLessThanOrEqual(units / threads + 16);
      }
    }
  });
});
