/** Where bytes come from, seen from hosts without files and pages of hosts with them. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { readSource } from "../../src/core/source.js";

const FILE = new URL("../../package.json", import.meta.url);

afterEach(() => vi.unstubAllGlobals());

describe("bytes", () => {
  it("come from data: and blob: URLs as from files", async () => {
    const blob = URL.createObjectURL(new Blob(["abc"]));
    for (const source of ["data:,abc", blob]) expect(new TextDecoder().decode(await readSource(source, "text"))).toBe("abc");
    expect(new TextDecoder().decode(await readSource(FILE, "text"))).toContain('"lanewise"');
  });

  it("behind a plain path are fetched in a page", async () => {
    vi.stubGlobal("document", {});
    vi.stubGlobal("fetch", async (url: string) => new Response(`from ${url}`));
    expect(new TextDecoder().decode(await readSource("policies/a.safetensors", "policy file"))).toBe("from policies/a.safetensors");
  });

  it("of a file can't be had where there are none, which is said", async () => {
    vi.stubGlobal("process", undefined);
    await expect(readSource(FILE, "policy file")).rejects.toThrow(
      new UsageError(`can't read the policy file ${FILE}: no files here; give a URL or bytes`),
    );
  });

  it("at hand are copied, also where they are a part of a larger buffer", async () => {
    const large = Uint8Array.of(1, 2, 3, 4);
    const part = await readSource(large.subarray(1, 3), "bytes");
    const whole = await readSource(large.buffer, "bytes");
    large.fill(0);
    expect([[...part], [...whole]]).toEqual([
      [2, 3],
      [1, 2, 3, 4],
    ]);
  });

  it("are asked for by what they are", async () => {
    await expect(readSource("nowhere", "environment")).rejects.toThrow(new UsageError("there is no environment nowhere"));
    await expect(readSource(3 as never, "environment")).rejects.toThrow("can't read the environment 3: give a path, a URL or bytes");
  });
});
