/** `lanewise report runs/a runs/b`: one HTML page of runs. */
import type { Command } from "commander";
import { checkTarget, writeOutput } from "../output.js";

const PAGE = "report.html";

export function addReport(program: Command): void {
  program
    .command("report")
    .description("write one HTML page of runs: curves, figures, configuration, hardware, and the policies playing")
    .argument("<dir...>", "the folders of the runs; those that differ in their seeds alone become one curve with a band")
    .option("--out <file>", "the page (default: report.html)")
    .action(reportCommand);
}

async function reportCommand(dirs: readonly string[], { out = PAGE }: { readonly out?: string }): Promise<void> {
  checkTarget(out, true);
  const { reportOf } = await import("../../run/report/page.js");
  const page = await reportOf(dirs);
  writeOutput(out, page);
  process.stdout.write(`${out}: ${page.length.toLocaleString("en")} bytes\n`);
}
