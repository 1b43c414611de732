/** What the command line's texts stand for. Everything is checked before any work begins. */
import { ensure, UsageError } from "../core/errors.js";
import { type Field, integer, number } from "../core/options.js";

const seedField = integer(0, "", { min: 0, max: 2 ** 32 - 1 });
const stepsField = integer(1, "");
const countField = integer(1, "");
const wholeField = integer(0, "", { min: 0 });
const numberField = number(0, "");
/** All episodes are played side by side, so that memory bounds their number. */
const episodesField = integer(1, "", { max: 1_000_000 });

/** Options of the algorithm can't take these names: they have flags of their own. */
const FLAG_OF: Readonly<Record<string, string>> = {
  algo: "the first argument",
  env: "the second argument",
  seed: "--seed",
  totalSteps: "--steps",
  backend: "--backend",
  out: "--out",
  initialPolicy: "--from",
  checkpoint: "--checkpoint-every",
};

export function parseSeed(text: string | undefined): number | undefined {
  return parse("--seed", seedField, text);
}

export function parseSteps(text: string | undefined): number | undefined {
  return parse("--steps", stepsField, text);
}

export function parseEpisodes(text: string | undefined): number | undefined {
  return parse("--episodes", episodesField, text);
}

export function parseCount(flag: string, text: string | undefined): number | undefined {
  return parse(flag, countField, text);
}

/** A whole number from 0 on. */
export function parseWhole(flag: string, text: string | undefined): number | undefined {
  return parse(flag, wholeField, text);
}

export function parseNumber(flag: string, text: string | undefined): number | undefined {
  return parse(flag, numberField, text);
}

/** `["gamma=0.9", "hidden=64,64"]` as an object of texts; the algorithm's fields read them. */
export function parseSettings(settings: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(settings.map(parseSetting));
}

function parseSetting(setting: string): [key: string, value: string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
  if (key === undefined || value === undefined) throw new UsageError(`--set takes key=value, not "${setting}"`);
  const flag = Object.hasOwn(FLAG_OF, key) ? FLAG_OF[key] : undefined;
  ensure(flag === undefined, () => `--set ${key} is not possible; use ${flag}`);
  return [key, value];
}

function parse(flag: string, field: Field<number>, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = field.parse(text);
  ensure(value !== undefined, () => `${flag} is ${field.range}, not "${text}"`);
  return value;
}
