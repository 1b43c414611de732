/** A store of checkpoints in memory. */
import type { CheckpointStore } from "../../src/run/checkpoints/store.js";

export interface MemoryStore extends CheckpointStore {
  readonly files: Map<string, Uint8Array>;
}

export function memoryStore(files = new Map<string, Uint8Array>()): MemoryStore {
  return {
    name: "memory",
    files,
    list: async () => [...files.keys()],
    read: async (name) => new Uint8Array(files.get(name) as Uint8Array),
    write: async (name, bytes) => void files.set(name, bytes.slice()),
    remove: async (name) => void files.delete(name),
  };
}
