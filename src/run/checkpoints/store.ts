/** Where checkpoints are kept: in a folder, or wherever else files of a few megabytes can be written as a whole. */
import { ensure, writeFailure } from "../../core/errors.js";

/** Files by name. One run at a time writes to a store. */
export interface CheckpointStore {
  /** What it is called in messages. */
  readonly name: string;
  /** The names of all files. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Whoever reads the file finds it as it was or as it shall be, even if the process is killed or the power fails meanwhile. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

/** A file that is being written. There is one at most: what a killed process left behind is written over. */
const UNFINISHED = ".unfinished";

/** A folder of the file system, in Node, Deno and Bun; created when the first checkpoint is written. */
export function folderStore(path: string): CheckpointStore {
  const at = (name: string) => `${path}/${name}`;
  return {
    name: path,
    async list() {
      const { readdir } = await files();
      const entries = await readdir(path).catch(nothingIfMissing);
      return entries.filter((name) => name !== UNFINISHED);
    },
    async read(name) {
      const { readFile } = await files();
      return new Uint8Array(await readFile(at(name)));
    },
    async write(name, bytes) {
      const { mkdir, rename, rm } = await files();
      try {
        await mkdir(path, { recursive: true });
        await writeToDisk(at(UNFINISHED), bytes);
        await rename(at(UNFINISHED), at(name));
      } catch (error) {
        await rm(at(UNFINISHED), { force: true }).catch(() => undefined);
        throw writeFailure(at(name), error);
      }
      await flushFolder(path);
    },
    async remove(name) {
      const { rm } = await files();
      await rm(at(name), { force: true });
    },
  };
}

/** Returns when the bytes are on the disk. */
async function writeToDisk(path: string, bytes: Uint8Array): Promise<void> {
  const { open } = await files();
  const file = await open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Returns when the names of the folder's files are on the disk, where the system can say so of a folder. */
async function flushFolder(path: string): Promise<void> {
  const { open } = await files();
  const folder = await open(path, "r").catch(() => undefined); // Windows opens no folders
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

function nothingIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}

/** The host's files. The name is not a literal, so that bundlers for the web don't look for it. */
function files(): Promise<typeof import("node:fs/promises")> {
  const hasFiles = typeof process !== "undefined" && typeof process.versions?.node === "string";
  ensure(hasFiles, () => "there are no folders here; give a CheckpointStore of your own instead of a path");
  const name = "node:fs/promises";
  return import(/* @vite-ignore */ name);
}
