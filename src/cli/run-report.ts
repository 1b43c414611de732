/** `lanewise report runs/a runs/b`: one HTML page of runs. */
import { checkTarget, writeOutput } from "./output.js";

const PAGE = "report.html";

export async function reportCommand(dirs: readonly string[], { out = PAGE }: { readonly out?: string }): Promise<void> {
  checkTarget(out, true);
  const { reportOf } = await import("../run/report/page.js");
  const page = await reportOf(dirs);
  writeOutput(out, page);
  process.stdout.write(`${out}: ${page.length.toLocaleString("en")} bytes\n`);
}
