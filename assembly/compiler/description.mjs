/** Reads what an environment is, apart from its physics, from the constants at the top of its file. */
import { Unreadable } from "./constants.mjs";

/**
 * @typedef {{ kind: "box", low: number[], high: number[] }} Box
 * @typedef {{ kind: "discrete", n: number }} Discrete
 *
 * @typedef {object} Description
 * @property {string} id
 * @property {number} timeLimit
 * @property {number} [rewardThreshold]
 * @property {Box} observationSpace
 * @property {Box | Discrete} actionSpace
 */

/** What each constant is, and an example. Those of lists are never compiled, so that they need no memory. */
const CONSTANTS = {
  ID: 'what it is called, export const ID = "PointMass-v0"',
  TIME_LIMIT: "the steps after which an episode is cut, export const TIME_LIMIT: i32 = 200; 0 for none",
  OBSERVATION_LOW: "the lower bound of each observed number, export const OBSERVATION_LOW: f32[] = [-1, -Infinity]",
  OBSERVATION_HIGH: "the upper bound of each observed number, export const OBSERVATION_HIGH: f32[] = [1, Infinity]",
  ACTION_LOW: "the lower bound of each number of an action, export const ACTION_LOW: f32[] = [-1]",
  ACTION_HIGH: "the upper bound of each number of an action, export const ACTION_HIGH: f32[] = [1]",
};

/** Constants that the compiled physics has no use for. */
export const UNCOMPILED = ["ID", "OBSERVATION_LOW", "OBSERVATION_HIGH", "ACTION_LOW", "ACTION_HIGH"];

/** Ids name folders. */
const ID = /^[A-Za-z0-9][\w.-]{0,63}$/;
/** Clocks and indices of actions are carried in f32, exact up to here. */
const MAX_COUNT = 2 ** 24;

/**
 * @param {import("./constants.mjs").Constants} constants
 * @param {(node: object | undefined, message: string) => void} report
 * @returns {Description} complete only if nothing was reported
 */
export function readDescription(constants, report) {
  const reader = new Reader(constants, report);
  return {
    id: reader.id(),
    timeLimit: reader.count("TIME_LIMIT", 0),
    ...(constants.has("REWARD_THRESHOLD") ? { rewardThreshold: reader.finite("REWARD_THRESHOLD") } : {}),
    observationSpace: reader.box("OBSERVATION_LOW", "OBSERVATION_HIGH"),
    actionSpace: reader.actionSpace(),
  };
}

class Reader {
  constructor(constants, report) {
    this.constants = constants;
    this.report = report;
  }

  id() {
    const id = this.read("ID", () => this.constants.text("ID")) ?? "";
    if (id && !ID.test(id)) this.complain("ID", `"${id}" is no id: write letters, digits, ".", "-" and "_", as in PointMass-v0`);
    return id;
  }

  count(name, least) {
    const value = this.read(name, () => this.constants.number(name)) ?? least;
    const fits = Number.isInteger(value) && value >= least && value <= MAX_COUNT;
    if (!fits) this.complain(name, `${name} is an integer from ${least} to ${MAX_COUNT}, not ${value}`);
    return value;
  }

  finite(name) {
    const value = this.read(name, () => this.constants.number(name)) ?? 0;
    if (!Number.isFinite(value)) this.complain(name, `${name} is a finite number, not ${value}`);
    return value;
  }

  actionSpace() {
    const hasBounds = this.constants.has("ACTION_LOW") || this.constants.has("ACTION_HIGH");
    if (!this.constants.has("ACTIONS"))
      return this.box("ACTION_LOW", "ACTION_HIGH", ", or export const ACTIONS: i32 = 2 for actions 0 and 1");
    if (hasBounds)
      this.complain("ACTIONS", "an action is one of ACTIONS numbers, or a vector from ACTION_LOW to ACTION_HIGH: leave one out");
    return { kind: "discrete", n: this.count("ACTIONS", 1) };
  }

  /** @param {string} [instead] what may be declared instead */
  box(lowName, highName, instead = "") {
    const low = this.read(lowName, () => this.constants.numbers(lowName), instead);
    const high = this.read(highName, () => this.constants.numbers(highName));
    if (low && high) this.checkBounds(low, high, lowName, highName);
    return { kind: "box", low: low ?? [], high: high ?? [] };
  }

  checkBounds(low, high, lowName, highName) {
    if (low.length === 0) this.complain(lowName, `${lowName} is empty: give a bound for each number`);
    if (low.length !== high.length)
      this.complain(highName, `${highName} has ${high.length} numbers and ${lowName} ${low.length}: give as many`);
    const crossed = low.findIndex((bound, i) => !(bound <= high[i]));
    if (low.length === high.length && crossed >= 0)
      this.complain(
        highName,
        `number ${crossed} of ${highName} is ${high[crossed]}, and of ${lowName} ${low[crossed]}: the first may not be less`,
      );
  }

  read(name, value, instead = "") {
    if (!this.constants.has(name)) {
      this.report(undefined, `${name} is missing: ${CONSTANTS[name]}${instead}`);
      return undefined;
    }
    try {
      return value();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.report(error.node, error.message);
      return undefined;
    }
  }

  complain(name, message) {
    this.report(this.constants.place(name), message);
  }
}
