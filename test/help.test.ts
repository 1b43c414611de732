/** `lanewise --help`, the help of each command, and the README's list of commands say the same. Wants a fresh dist/: `npm test` builds first. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandLine } from "./oracle/command-line.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

async function help(...args: readonly string[]): Promise<string> {
  return (await commandLine([...args, "--help"])).stdout;
}

/** The lines of a part of a help text, without those that a long line goes on in. */
function partOf(text: string, part: string): string[] {
  const [, lines = ""] = new RegExp(`^${part}:\n((?: .*\n)+)`, "m").exec(text) ?? [];
  return lines.split("\n").filter((line) => /^ {2}\S/.test(line));
}

const flagsIn = (text: string) => [...text.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
/** Of an option's own words, not of its description. */
const optionsIn = (text: string) =>
  partOf(text, "Options")
    .map((line) => flagsIn(line)[0] ?? "")
    .filter((flag) => flag !== "--help")
    .toSorted();
const commandsIn = (text: string) => partOf(text, "Commands").map((line) => /\S+/.exec(line)?.[0] ?? "");
/** Commands of a command too: "zoo run". */
const commands: string[] = [];
for (const command of commandsIn(await help())) {
  const inner = commandsIn(await help(command)).filter((name) => name !== "help");
  commands.push(...(inner.length > 0 ? inner.map((name) => `${command} ${name}`) : [command]));
}

/** The README's list: each command with its line, up to what it says in words. */
const listed = new Map(
  [
    ...(/## Use it from the shell\n\n```\n([\s\S]*?)```/.exec(readme)?.[1] ?? "").matchAll(
      /^lanewise ([a-z-]+(?: [a-z-]+)?)(?= |$)(.*)$/gm,
    ),
  ].map(([, name = "", rest = ""]) => [name, rest.split(/ {3,}/)[0] ?? ""]),
);

describe("help", () => {
  it("lists the commands that the README lists", () => {
    expect(commands.length).toBeGreaterThan(5);
    expect([...listed.keys()].toSorted()).toEqual(commands.toSorted());
  });

  it.each(commands)("of %s has the README's options and arguments", async (command) => {
    const [line, text] = [listed.get(command) ?? "", await help(...command.split(" "))];
    expect(flagsIn(line).toSorted()).toEqual(optionsIn(text));
    const argumentsIn = (text: string) => [...text.matchAll(/(?<!--[a-z]+ )[<[]([a-z]+)[>\]]/gi)].map(([, name]) => name?.toLowerCase());
    const usage = /^Usage: lanewise .*$/m.exec(text)?.[0] ?? "";
    expect(argumentsIn(line)).toEqual(argumentsIn(usage).filter((name) => name !== "options"));
  });
});
