/**
 * The process gets a signal at a moment of its own: `?signal=SIGINT&at=start`, or when the file `at` has been read or put in its place.
 * `again` sends it once more when the file of that name has been. For `node --import`.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";

const { signal, at, again } = Object.fromEntries(new URL(import.meta.url).searchParams);
const due = new Set([at, again]);

function reach(moment) {
  if (due.delete(moment)) process.kill(process.pid, signal);
}

/** Calls `reach` with the name of the file that a function was given, when it is done with it. */
function watch(host, name, position) {
  const inner = host[name];
  host[name] = (...args) => {
    const result = inner(...args);
    const moment = basename(String(args[position]));
    if (result instanceof Promise) return result.finally(() => reach(moment));
    reach(moment);
    return result;
  };
}

watch(fs, "renameSync", 1);
watch(fs, "readFileSync", 0);
watch(fs.promises, "readFile", 0);
syncBuiltinESMExports();
reach("start");
