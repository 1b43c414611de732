/** A table of comma-separated values (RFC 4180): a row for each record, a column for each name that was ever seen. */
import { append, writeAtomically } from "../artifacts.js";
import type { Log, Scalars } from "./log.js";

const END = "\r\n";

/** Opens a table at `path`. A column that is new is added behind the others, empty in the rows before. */
export function csvLog(path: string): Log {
  const columns = ["steps"];
  const rows: Scalars[] = [];
  writeAtomically(path, "");
  return {
    scalars(step, values) {
      const row = { steps: step, ...values };
      const added = Object.keys(row).filter((name) => !columns.includes(name));
      columns.push(...added);
      rows.push(row);
      if (added.length > 0 || rows.length === 1) writeAtomically(path, [columns.map(quoted).join(), ...rows.map(line)].join(END) + END);
      else append(path, line(row) + END);
    },
    close() {},
  };

  function line(row: Scalars): string {
    return columns.map((name) => (row[name] === undefined ? "" : String(row[name]))).join();
  }
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
