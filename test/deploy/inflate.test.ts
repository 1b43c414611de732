/** The unpacker that exported modules carry, against zlib, over all kinds of blocks. */
import { readFileSync } from "node:fs";
import { constants, deflateSync, type ZlibOptions } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const build = new URL("../../build/", import.meta.url);
const module = new WebAssembly.Module(readFileSync(new URL("inflate.wasm", build)));
const SCRATCH = 1024;
/** What stands behind the place of what is unpacked, and must stay. */
const GUARD = 0xa5;

/** What comes of it, and the byte behind. */
function unpacked(packed: Uint8Array, size: number): { readonly bytes: Uint8Array; readonly next: number | undefined } {
  const source = SCRATCH + size + 1;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((source + packed.length + 4) / 65536) });
  const all = new Uint8Array(memory.buffer);
  all.fill(GUARD, SCRATCH, source);
  all.set(packed, source);
  const { inflate } = new WebAssembly.Instance(module, { env: { memory } }).exports as {
    readonly inflate: (source: number, target: number) => number;
  };
  return { bytes: all.slice(SCRATCH, inflate(source, SCRATCH)), next: all[SCRATCH + size] };
}

const WAYS: Readonly<Record<string, ZlibOptions>> = {
  "the usual ones": {},
  "stored as they are": { level: 0 },
  "in the standard's own codes": { strategy: constants.Z_FIXED },
  "without repetitions": { strategy: constants.Z_HUFFMAN_ONLY },
  "short and many": { level: 9, memLevel: 1 },
};

/** Of few values and of many, with repetitions near and far. */
const texts = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 255 }), fc.array(fc.nat(3000), { maxLength: 20 }))
  .map(([bytes, values, lengths]) =>
    Uint8Array.from([...bytes, ...lengths.flatMap((n) => Array.from(bytes).slice(0, n)), ...bytes], (b) => b % values),
  );

describe.each(Object.entries(WAYS))("blocks that are %s", (_, options) => {
  const expectSame = (bytes: Uint8Array) => {
    expect(unpacked(deflateSync(bytes, options), bytes.length)).toEqual({ bytes, next: GUARD });
  };

  it("come out as what was packed", () => {
    fc.assert(fc.property(texts, expectSame), { numRuns: 200 });
  });

  it("come out at any length, repetitions of the longest kind among them", () => {
    const kernels = new Uint8Array(readFileSync(new URL("nn.wasm", build)));
    for (const size of [0, 1, 2, 257, 258, 259, kernels.length]) {
      expectSame(kernels.slice(0, size));
      expectSame(new Uint8Array(size).fill(7));
    }
  });
});
