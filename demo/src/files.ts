/** Policies as files: out of the page, and into it. */
import { loadPolicy, type Policy } from "./lanewise.js";

export async function download(policy: Policy): Promise<void> {
  const { algorithm, environment } = policy.header;
  const url = URL.createObjectURL(new Blob([(await policy.bytes()) as Uint8Array<ArrayBuffer>]));
  const link = Object.assign(document.createElement("a"), { href: url, download: `${algorithm}_${environment}.safetensors` });
  link.click();
  URL.revokeObjectURL(url);
}

/** Has files that are chosen loaded; what is no policy is told to `onFailure`. */
export function acceptFiles(
  input: HTMLInputElement,
  onPolicy: (policy: Policy) => Promise<void>,
  onFailure: (reason: Error) => void,
): void {
  input.addEventListener("change", async () => {
    const [file] = input.files ?? [];
    input.value = ""; // so that the same file may be chosen again
    if (!file) return;
    try {
      await onPolicy(await loadPolicy(await file.arrayBuffer()));
    } catch (reason) {
      onFailure(reason as Error);
    }
  });
}
