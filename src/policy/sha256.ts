/** SHA-256, by which files are told to be whole. */
import { ensure } from "../core/errors.js";

/** As 64 hex digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  ensure(subtle !== undefined, () => "no crypto.subtle here; serve the page over https");
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
