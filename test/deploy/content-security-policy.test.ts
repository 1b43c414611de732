/** Policies in a page whose server forbids all but its own scripts, its own files and the compiling of WebAssembly. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it, vi } from "vitest";
import { exportPolicy } from "../../src/deploy/export.js";
import { openPage } from "../browser/chromium.js";
import { noise } from "../policy/samples.js";
import { cartPolePolicy } from "./samples.js";

vi.setConfig({ testTimeout: 120_000 });

const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const OBSERVATIONS = Array.from({ length: 40 }, (_, i) => [...noise(4, i + 1)]);

const folder = mkdtempSync(join(tmpdir(), "lanewise-csp-"));
afterAll(() => rmSync(folder, { recursive: true }));

const built = (name: string) => new URL(`../../${name}`, import.meta.url);

/** Acts with both, and shows that code from texts is forbidden here. */
const SCRIPT = `
import { loadPolicy } from "/dist/policy/index.js";
import { policy as exported } from "/policy.js";
const observations = ${JSON.stringify(OBSERVATIONS)};
const draw = (policy) => observations.map((observation) => policy.act(observation, { deterministic: false }));
let isCodeForbidden = false;
try { new Function("return 1")(); } catch { isCodeForbidden = true; }
const loaded = await loadPolicy("/policy.safetensors");
globalThis.outcome = { loaded: draw(loaded), exported: draw(exported), logits: [...loaded.logits(observations.flat())], isCodeForbidden };
document.body.append(Object.assign(document.createElement("p"), { id: "acted" }));
`;

it("load and act there with the same bits as here, from a policy file and as an exported module", async () => {
  const policy = await cartPolePolicy();
  for (const format of ["js", "policy"] as const) {
    for (const [name, bytes] of (await exportPolicy(policy, format)).files) writeFileSync(join(folder, name), bytes);
  }
  const file = (name: string) => pathToFileURL(join(folder, name));
  const site = {
    "/": '<!doctype html><title>policies</title><script type="module" src="/page.js"></script>',
    "/page.js": SCRIPT,
    "/policy.js": file("policy.js"),
    "/policy.safetensors": file("policy.safetensors"),
    "/dist/policy/index.js": built("dist/policy/index.js"),
    "/build/policy.wasm": built("build/policy.wasm"),
  };
  const { page, complaints, close } = await openPage(site, { headers: { "content-security-policy": STRICT } });
  try {
    await page.waitForSelector("#acted", { state: "attached", timeout: 30_000 }).catch(() => {});
    const outcome = await page.evaluate("globalThis.outcome");
    const draws = OBSERVATIONS.map((observation) => policy.act(observation, { deterministic: false }));
    expect(new Set(draws).size).toBe(2);
    // Chromium reports the attempt that shows what is forbidden.
    const others = complaints.filter((text) => !text.startsWith("Evaluating a string as JavaScript violates"));
    expect({ others, outcome }).toEqual({
      others: [],
      outcome: { loaded: draws, exported: draws, logits: [...policy.logits(OBSERVATIONS.flat())], isCodeForbidden: true },
    });
  } finally {
    await close();
  }
});
