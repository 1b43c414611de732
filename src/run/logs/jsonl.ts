/** Lines of JSON: an object for each record, with the step among its numbers. */
import { openJournal } from "../artifacts.js";
import { type Log, lineOf } from "./log.js";

/** Opens a file of lines at `path`. Numbers that are none are null; readers see a record a little later, at the end at the latest. */
export function jsonlLog(path: string): Log {
  const journal = openJournal(path);
  return {
    scalars: (step, values) => journal.append(lineOf(step, values)),
    close: () => journal.close(),
  };
}
