/** `lanewise envs` and `lanewise algos`: what there is, for people or as JSON. */
import type { Command } from "commander";
import type { Algorithm } from "../../algos/algorithm.js";
import { lookUp } from "../../core/errors.js";
import type { Field } from "../../core/options.js";
import { describeSpace } from "../../core/spaces.js";
import { formatTable } from "../table.js";

interface ListFlags {
  readonly json?: boolean;
}

export function addEnvs(program: Command): void {
  program.command("envs").description("list the environments").option("--json", "print JSON").action(listEnvironments);
}

async function listEnvironments({ json }: ListFlags): Promise<void> {
  const { environments } = await import("../../envs/registry.js");
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

export function addAlgos(program: Command): void {
  program
    .command("algos")
    .description("list the algorithms, or the options of one")
    .argument("[algo]", "the algorithm whose options are wanted")
    .option("--json", "print JSON")
    .action(listAlgorithms);
}

/** All algorithms in a line each, or one with its options. */
async function listAlgorithms(id: string | undefined, { json }: ListFlags): Promise<void> {
  const { algorithms } = await import("../../algos/registry.js");
  const chosen: readonly Algorithm[] = id === undefined ? Object.values(algorithms) : [lookUp("algorithm", algorithms, id)];
  if (json) return print(`${toJson(chosen.map(describeAlgorithm))}\n`);
  if (id === undefined) {
    print(formatTable([["algorithm", "", "paper"], ...chosen.map(({ id: name, title, paper }) => [name, title, paper])]));
    print("\nlanewise algos <algo> lists the options of one.\n");
  }
  for (const { title, paper, options } of id === undefined ? [] : chosen.map(describeAlgorithm)) {
    const rows = options.map((option) => [option.name, asTyped(option.default), option.range, option.doc]);
    print(`${id}: ${title}\n  ${paper}\n\n${formatTable([["option", "default", "range", ""], ...rows], "  ")}\n`);
    print("Set an option with --set, as in --set gamma=0.98\n");
  }
}

function describeAlgorithm({ id, title, paper, fields }: Algorithm) {
  return { id, title, paper, options: Object.entries(fields).map(([name, field]) => describeField(name, field)) };
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
