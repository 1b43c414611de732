/** What is wrong with a source, and where. */
import { DiagnosticCategory, DiagnosticCode } from "assemblyscript";

/**
 * @typedef {object} Diagnostic
 * @property {string} file
 * @property {number} line counted from 1
 * @property {number} column counted from 1, in UTF-16 units
 * @property {string} message
 * @property {string} code asc's: "TS2322"; empty for messages of the `@lanes` transform and of the build
 */

/** Codes below are asc's own, those from here on TypeScript's. */
const FIRST_OF_TYPESCRIPT = 1000;

export class CompileError extends Error {
  name = "CompileError";

  /**
   * @param {string} message
   * @param {readonly Diagnostic[]} [diagnostics] each mistake with its place; none if the compiler itself failed
   */
  constructor(message, diagnostics = []) {
    super(message);
    this.diagnostics = diagnostics;
  }
}

export const isError = ({ category }) => category === DiagnosticCategory.Error;

/**
 * @param {{ start: number, source: { normalizedPath: string } | null } | null} range
 * @param {ReadonlyMap<string, string>} texts by path
 * @param {number} [code] asc's
 * @returns {Diagnostic}
 */
export function diagnosticAt(range, texts, message, code = DiagnosticCode.User_defined_0) {
  const file = range?.source?.normalizedPath ?? "";
  const before = (texts.get(file) ?? "").slice(0, range?.start ?? 0);
  const lineStart = before.lastIndexOf("\n") + 1;
  return {
    file,
    line: before.split("\n").length,
    column: before.length - lineStart + 1,
    message: withoutPrefix(message),
    code: codeText(code),
  };
}

/** asc says of what a transform reports that it is "User-defined: ". */
const withoutPrefix = (message) => message.replace(/^User-defined: /, "");

function codeText(code) {
  if (code === DiagnosticCode.User_defined_0) return "";
  return `${code < FIRST_OF_TYPESCRIPT ? "AS" : "TS"}${code}`;
}
