/** What the build of an environment refuses, and where it says that the mistake is. */
import { describe, expect, it, vi } from "vitest";
import { BuildError, buildEnvironment } from "../../src/build/index.js";
import { altered, unmarked } from "./sources.js";

/** A module takes about a second to compile, several on a busy machine. */
vi.setConfig({ testTimeout: 120_000 });

/** What a build says against a source. */
async function refusal(source: string): Promise<BuildError> {
  const error = await buildEnvironment(source, { file: "my-env.ts" }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(BuildError);
  return error as BuildError;
}

/** The marks ‸ say where the mistakes are. */
describe("a source", () => {
  it("that doesn't compile is refused with the line and column of every mistake", async () => {
    const marked = altered("this.xDot = 0;", "this.xDot = ‸nothing;").replace("this.yDot = 0;", "if (‸this.x > 0) this.yDot = 0;");
    const { source, places } = unmarked(marked);
    const error = await refusal(source);
    expect(error.message.split("\n")).toEqual([
      expect.stringContaining(`${places[0]}nothing is not known to be an f32`),
      expect.stringContaining(`${places[1]}'if' on a lane value`),
    ]);
    const [line, column] = String(places[0]).split(":").slice(1).map(Number);
    expect(error.diagnostics[0]).toMatchObject({ file: "my-env.ts", line, column, code: "" });
  });

  it.each<[what: string, piece: string | RegExp, replacement: string, message: string]>([
    ["a syntax error", "distance() < RADIUS", "distance( < ‸RADIUS", "'>' expected. (TS1005)"],
    ["a name that isn't there", /$/, "const N: i32 = ‸nothing;", "Cannot find name 'nothing'. (TS2304)"],
    ["a text where a number belongs", /$/, 'const N: i32 = ‸"a";', "Type 'string/String' is not assignable to type 'i32'. (TS2322)"],
    ["no physics", "export class Physics", "class Physics", "there is no physics: export one class under @lanes"],
    ["a second physics", /$/, "\n@lanes @unmanaged export class ‸Other {}", "Physics is the physics already"],
    ["a managed class", "@unmanaged\nexport class ", "export class ‸", "write @unmanaged above Physics"],
    ["a base class", "class Physics", "class Physics extends ‸Base", "the physics extends no other class"],
    ["a field that is no f32", "x: f32;", "‸x: i32;", "x is part of a lane's state, which is f32 numbers: write x: f32"],
    ["a field with a first value", "x: f32;", "x: f32 = ‸1;", "x gets its first value in reset: leave this out"],
    ["a constructor", "  /** Begins", "  ‸constructor() {}\n  /** Begins", "a constructor is never called"],
    [
      "a missing method",
      /class Physics([\s\S]+)observe\(/,
      "class ‸Physics$1observer(",
      "Physics lacks observe(observation: Vector): void",
    ],
    ["a method of another kind", "step(action: Vector): f32", "‸step(action: Vector): bool", "write this as step(action: Vector): f32"],
    ["no id", "export const ID", "export const NAME", 'ID is missing: what it is called, export const ID = "PointMass-v0"'],
    ["an id with a slash", 'ID = "MyEnv-v0"', '‸ID = "a/b"', '"a/b" is no id'],
    ["half a step as its limit", "TIME_LIMIT: i32 = 100", "‸TIME_LIMIT: i32 = 0.5", "TIME_LIMIT is an integer from 0 to 16777216, not 0.5"],
    ["bounds that are computed", "[-HALF_WIDTH,", "[‸f(),", "this is no constant that the build can read"],
    ["a constant of itself", "TIME_LIMIT: i32 = 100", "TIME_LIMIT: i32 = ‸TIME_LIMIT", "this is no constant that the build can read"],
    [
      "bounds of two lengths",
      /OBSERVATION_HIGH(.*)HALF_WIDTH, /,
      "‸OBSERVATION_HIGH$1",
      "OBSERVATION_HIGH has 3 numbers and OBSERVATION_LOW 4",
    ],
    [
      "crossed bounds",
      "ACTION_HIGH: f32[] = [1, 1]",
      "‸ACTION_HIGH: f32[] = [1, -2]",
      "number 1 of ACTION_HIGH is -2, and of ACTION_LOW -1",
    ],
    ["two kinds of actions", /$/, "const ‸ACTIONS = 2;", "an action is one of ACTIONS numbers, or a vector from ACTION_LOW to"],
    [
      "an observation beyond its bounds",
      "set(3, this.yDot)",
      "set(‸2 + 2, this.yDot)",
      "there is no number 4: OBSERVATION_LOW has 4 numbers",
    ],
    [
      "an observation that is never set",
      /observe\((.*)\n.*set\(0.*\n/,
      "‸observe($1\n",
      "OBSERVATION_LOW has bounds for 4 numbers, but number 0",
    ],
    ["an action beyond its bounds", "action.get(1)", "action.get(‸2)", "there is no number 2: ACTION_LOW has 2 numbers, counted from 0"],
    ["bounds that it computes with", /$/, "let low = ‸OBSERVATION_LOW[0];", "a text or a list needs a data segment"],
    ["a table", /$/, "const TABLE: f32[] = ‸[1, 2];", "a text or a list needs a data segment at a fixed address, and environments share"],
    ["an object", /$/, "class A {}\nlet a = ‸new A();", "this allocates memory"],
    ["the host's chance", /$/, "let chance = ‸Math.random();", "this needs a function of the host"],
  ])("with %s is refused", async (_, piece, replacement, message) => {
    const { source, places } = unmarked(altered(piece, replacement));
    expect((await refusal(source)).message).toContain(`${places[0] ?? "my-env.ts:1:1: "}${message}`);
  });
});
