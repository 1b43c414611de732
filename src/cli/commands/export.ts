/** `lanewise export`: a saved policy in another form, checked against the policy before it is written. */

import { existsSync, mkdirSync, rmdirSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import type { ExportedFiles, ExportFormat } from "../../deploy/export.js";
import { writeAtomically } from "../../run/artifacts.js";
import { policyIn } from "../folder.js";
import { cannotWrite, checkTarget, writeOutput } from "../output.js";

interface ExportFlags {
  readonly format: string;
  readonly out?: string;
}

export function addExport(program: Command): void {
  program
    .command("export")
    .description("write the policy of a run in another form, and check that it acts alike")
    .argument("<dir>", "the folder of the run")
    .requiredOption("--format <name>", "policy, c, onnx, tfjs, js or wasm")
    .option("--out <path>", "the file to write, or for tfjs and wasm the folder (default: named after <dir>, in this folder)")
    .action(exportCommand);
}

async function exportCommand(folder: string, flags: ExportFlags): Promise<void> {
  const file = policyIn(folder);
  const [{ loadPolicy }, { exportPolicy, formatNamed, extensionOf }] = await Promise.all([
    import("../../policy/policy.js"),
    import("../../deploy/export.js"),
  ]);
  const format = formatNamed(flags.format);
  const extension = extensionOf(format);
  const out = flags.out ?? `${basename(resolve(folder))}${extension === undefined ? `-${format}` : `.${extension}`}`;
  checkTarget(out, extension !== undefined);
  const policy = await loadPolicy(file);
  const exported = await exportPolicy(policy, format);
  if (extension === undefined) writeFolder(out, exported.files);
  else for (const contents of exported.files.values()) writeOutput(out, contents);
  process.stdout.write(describe(out, format, exported));
}

/** All files or none of them: what was written before a failure is removed again. */
function writeFolder(out: string, files: ExportedFiles["files"]): void {
  const isNew = !existsSync(out);
  const written: string[] = [];
  try {
    if (isNew) mkdirSync(out);
    for (const [name, contents] of files) {
      writeAtomically(join(out, name), contents);
      written.push(name);
    }
  } catch (error) {
    for (const name of written) rmSync(join(out, name), { force: true });
    if (isNew && existsSync(out)) rmdirSync(out);
    throw cannotWrite(out, error);
  }
}

function describe(out: string, format: ExportFormat, { files, parity }: ExportedFiles): string {
  const sizes = Array.from(files, ([name, { length }]) => `${files.size > 1 ? `${name} ` : ""}${length.toLocaleString("en")} bytes`);
  const { rows, difference, unchecked } = parity;
  const agreement = difference === 0 ? "the same bits" : `within ${difference.toExponential(1)}`;
  const verdict = unchecked === undefined ? `acts as the policy does on ${rows} observations: ${agreement}` : `not checked: ${unchecked}`;
  return `${out}: ${format}, ${sizes.join(", ")}\n${verdict}\n`;
}
