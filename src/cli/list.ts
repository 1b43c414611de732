/** `lanewise envs` and `lanewise algos`: what there is, for people or as JSON. */
import type { Field } from "../core/options.js";
import { describeSpace } from "../core/spaces.js";
import { formatTable } from "./table.js";

interface ListFlags {
  readonly json?: boolean;
}

export async function listEnvironments({ json }: ListFlags): Promise<void> {
  const { environments } = await import("../envs/registry.js");
  const entries = Object.values(environments).map(({ id, observationSpace, actionSpace, timeLimit, rewardThreshold, checkedAgainst }) => ({
    id,
    observationSpace,
    actionSpace,
    timeLimit,
    rewardThreshold,
    checkedAgainst,
  }));
  if (json) return print(`${toJson(entries)}\n`);
  const rows = entries.map((e) => [
    e.id,
    describeSpace(e.observationSpace),
    describeSpace(e.actionSpace),
    e.timeLimit === 0 ? "none" : String(e.timeLimit),
    e.rewardThreshold === undefined ? "" : String(e.rewardThreshold),
    e.checkedAgainst ?? "",
  ]);
  print(formatTable([["environment", "observations", "actions", "time limit", "solved at", "checked against"], ...rows]));
}

export async function listAlgorithms({ json }: ListFlags): Promise<void> {
  const { algorithms } = await import("../algos/registry.js");
  const entries = Object.values(algorithms).map(({ id, title, paper, fields }) => ({
    id,
    title,
    paper,
    options: Object.entries(fields).map(([name, field]) => describeField(name, field)),
  }));
  if (json) return print(`${toJson(entries)}\n`);
  for (const { id, title, paper, options } of entries) {
    const rows = options.map((option) => [option.name, asTyped(option.default), option.range, option.doc]);
    print(`${id}: ${title}\n  ${paper}\n\n${formatTable([["option", "default", "range", ""], ...rows], "  ")}\n`);
  }
  print("Set an option with --set, as in --set gamma=0.98\n");
}

function describeField(name: string, field: Field<unknown>) {
  return { name, default: field.default, range: field.range, doc: field.doc };
}

/** A value as --set takes it. */
function asTyped(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** JSON has no infinity: bounds that are infinite become texts that `Number` reads. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_, v) => (v === Infinity || v === -Infinity ? String(v) : v), 2);
}

function print(text: string): void {
  process.stdout.write(text);
}
