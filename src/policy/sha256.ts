/** SHA-256, by which files are told to be whole. */
import { ensure } from "../core/errors.js";

/** As 64 hex digits. `crypto.subtle` starts a thread, which takes Node longer than the sum of a small file does. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const node = globalThis.process?.getBuiltinModule?.("node:crypto");
  if (node) return node.createHash("sha256").update(bytes).digest("hex");
  const { subtle } = globalThis.crypto;
  ensure(subtle !== undefined, () => "no crypto.subtle; serve the page over https");
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
