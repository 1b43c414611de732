/** The kernels' SHA-256 beside Node's. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { checksum } from "../../src/policy/checksum.js";
import { noise } from "./samples.js";

const bytesOf = (name: string) => readFileSync(new URL(`../../build/${name}`, import.meta.url));

it.each(["policy.wasm", "policy.scalar.wasm"])("%s sums up whatever Node does, whatever its length", (name) => {
  const module = new WebAssembly.Module(bytesOf(name));
  // The padded text ends at the memory's end, and in each of the blocks before, somewhere among the second.
  const atPage = Array.from({ length: 12 }, (_, i) => 2 ** 16 - 64 * i - 9);
  const lengths = [...Array(200).keys(), ...atPage, 65_536, 100_000];
  for (const length of lengths) {
    const bytes = Uint8Array.from(noise(length, length + 1), (value) => 255 * Math.abs(value));
    expect(checksum(module, bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});
