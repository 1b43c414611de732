/** The table of hosts in the README, made of what was recorded last. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a host did, or why it didn't. */
export interface HostRecord {
  readonly name: string;
  readonly version: string | undefined;
  readonly absence: string | undefined;
  readonly trainsNot: string | undefined;
  trained?: { readonly weights: string; readonly meanReturn: number };
  /** Of the exported policies that it acted with. */
  forms?: readonly string[];
}

const RECORD = fileURLToPath(new URL("matrix.json", import.meta.url));
const README = fileURLToPath(new URL("../../README.md", import.meta.url));
const SECTION = /(?<=<!-- hosts -->\n)[\s\S]*?(?=<!-- \/hosts -->)/;

const HEAD = `| host | trains, saves, loads, plays | mean return | acts with forms |
|---|---|---:|---|
`;

/** The table of these records. */
export function tableOf(records: readonly HostRecord[]): string {
  return HEAD + records.map(rowOf).join("");
}

function rowOf({ name, version, absence, trainsNot, trained, forms }: HostRecord): string {
  const training = trained ? `weights \`${trained.weights.slice(0, 12)}\`` : (absence ?? `no: it ${trainsNot}`);
  const columns = [
    `${name.split(" ")[0]} ${version ?? ""}`,
    training,
    trained?.meanReturn.toFixed(1) ?? "",
    forms?.map((form) => `\`${form}\``).join(", ") ?? "",
  ];
  return `| ${columns.join(" | ")} |\n`;
}

export function recorded(): readonly HostRecord[] {
  return JSON.parse(readFileSync(RECORD, "utf8"));
}

export function tableInReadme(): string | undefined {
  return SECTION.exec(readFileSync(README, "utf8"))?.[0];
}

/** Keeps the records, and writes their table into the README. */
export function record(records: readonly HostRecord[]): void {
  writeFileSync(RECORD, `${JSON.stringify(records, null, 2)}\n`);
  writeFileSync(
    README,
    readFileSync(README, "utf8").replace(SECTION, () => tableOf(records)),
  );
}
