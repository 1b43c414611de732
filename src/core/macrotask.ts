/** Turns of the event loop. */

/** Resolves in a later turn: messages, signals and drawing come in between, which they never do while promises alone are waited for. */
export function macrotask(): Promise<void> {
  if (typeof setImmediate === "function") return new Promise((resolve) => void setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel(); // a timeout would take 4 ms
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
