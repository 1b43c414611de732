/** checkEnv() against environments that are well, and against one for each mistake that it knows. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { box, discrete } from "../../src/core/spaces.js";
import { checkEnv } from "../../src/envs/check.js";
import { defineAsyncEnvironment, defineEnvironment } from "../../src/envs/custom.js";
import type { Environment, StepOutcome } from "../../src/envs/environment.js";
import { HostRandom } from "../../src/envs/host-random.js";
import { environments } from "../../src/envs/registry.js";
import type { Finding } from "../../src/envs/trial.js";
import { CartPole, Drift, Slow } from "./samples.js";

/** An environment without fault: a number that grows by the action, from a random start, to an end at 3. */
class Sound implements Environment {
  readonly observationSpace = box([-1], [5]);
  readonly actionSpace: Environment["actionSpace"] = discrete(2);
  place = 0;

  reset(random: HostRandom): ArrayLike<number> {
    this.place = random.uniform();
    return [this.place];
  }

  step(action: number | Float32Array): StepOutcome {
    this.place += 0.25 + Number(action);
    return { observation: [this.place], reward: 1, terminated: this.place > 3 };
  }
}

/** A step that stays where it is, whatever the action. */
const step = () => ({ observation: [0], reward: 0, terminated: false });

/** What is found in a sound environment with some parts changed; each environment has its own copy of the changes. */
const findingsWith = (changes: (sound: Sound) => object) =>
  checkEnv(() => {
    const sound = new Sound();
    return Object.assign(sound, changes(sound));
  });

/** The one finding. */
function only(findings: readonly Finding[]): Finding {
  expect(findings).toHaveLength(1);
  return findings[0] as Finding;
}

describe("finds nothing in", () => {
  it.each([
    ["a sound environment", () => new Sound()],
    ["CartPole in TypeScript", () => new CartPole()],
    ["an environment with chance in its steps and continuous actions", () => new Drift()],
    ["its spec", defineEnvironment({ id: "Drift-v0", create: () => new Drift(), timeLimit: 50 })],
    [
      "its asynchronous twin",
      defineAsyncEnvironment({ ...new Drift(), id: "Late-v0", create: (lane) => new Slow(new Drift(), lane), timeLimit: 50 }),
    ],
  ])("%s", async (_, subject) => {
    expect(await checkEnv(subject, { strict: true })).toEqual([]);
  });

  it.each(Object.values(environments).map((spec) => ({ id: spec.id, spec })))("$id", async ({ spec }) => {
    const findings = await checkEnv(spec);
    // Where there is no time limit, chance may not find the end.
    expect(findings.filter(({ check }) => spec.timeLimit > 0 || check !== "episode length")).toEqual([]);
  });
});

describe("reports as an error", () => {
  it.each([
    ["no space", { observationSpace: undefined }, "observationSpace is undefined; make it with discrete(n) or box(low, high)"],
    ["a space of nothing", { actionSpace: discrete(0) }, "actionSpace is discrete(0): n is a positive integer"],
    ["half an index", { actionSpace: discrete(1.5) }, "actionSpace is discrete(1.5): n is a positive integer"],
    ["bounds upside down", { actionSpace: box([1], [0]) }, "actionSpace has the bounds 1 and 0 for number 0: low is at most high"],
    [
      "bounds that are missing",
      { observationSpace: box([0], []) },
      "observationSpace has 1 lower and 0 upper bounds; box(low, high) wants as many, at least one",
    ],
  ])("%s", async (_, changes, message) => {
    expect(only(await findingsWith(() => changes))).toEqual({ severity: "error", check: "spaces", message });
  });

  it.each([
    ["too many numbers", [0, 0], "reset() gave an observation of length 2; Box(-1, 5, (1,)) wants length 1"],
    ["a bare number", 0, "reset() gave an observation that is 0; Box(-1, 5, (1,)) wants length 1"],
    ["nothing", undefined, "reset() gave an observation that is undefined; Box(-1, 5, (1,)) wants length 1"],
    ["NaN", [Number.NaN], "reset() gave an observation whose number 0 is NaN, no finite float32"],
    ["a text", ["0"], 'reset() gave an observation whose number 0 is "0", no finite float32'],
    [
      "a promise",
      Promise.resolve([0]),
      "reset() gave a promise; an environment that answers in promises is defined with defineAsyncEnvironment",
    ],
  ])("%s as an observation", async (_, observation, message) => {
    expect(only(await findingsWith(() => ({ reset: () => observation })))).toEqual({ severity: "error", check: "values", message });
  });

  it.each([
    ["nothing", undefined, "step() gave undefined, not { observation, reward, terminated }"],
    ["Gymnasium's tuple", [[0], 1, false, false, {}], "step() gave the reward undefined, no finite float32"],
    ["no reward", { observation: [0], terminated: false }, "step() gave the reward undefined, no finite float32"],
    ["an infinite reward", { observation: [0], reward: Infinity, terminated: false }, "step() gave the reward Infinity, no finite float32"],
    ["a number as a flag", { observation: [0], reward: 0, terminated: 0 }, "step() gave 0 as terminated, not true or false"],
    [
      "a text as a flag",
      { observation: [0], reward: 0, terminated: false, truncated: "no" },
      'step() gave "no" as truncated, not true or false',
    ],
    ["no observation", { reward: 0, terminated: false }, "step() gave an observation that is undefined; Box(-1, 5, (1,)) wants length 1"],
  ])("%s from step()", async (_, outcome, message) => {
    expect(only(await findingsWith(() => ({ step: () => outcome })))).toEqual({ severity: "error", check: "values", message });
  });

  it("observations outside their bounds, the first one", async () => {
    const finding = only(await findingsWith(() => ({ observationSpace: box([-1], [2]) })));
    expect(finding).toMatchObject({ severity: "error", check: "bounds" });
    expect(finding.message).toMatch(/^step\(\) gave [23]\.\d+ as number 0 of an observation, outside its bounds \[-1, 2\]$/);
  });

  it("but none that only float32 rounds beyond", async () => {
    const changes = {
      observationSpace: box([0], [0.1]),
      reset: () => [0.1],
      step: () => ({ observation: [0.1], reward: 0, terminated: true }),
    };
    expect((await findingsWith(() => changes)).map(({ check }) => check)).toEqual(["episode length"]);
  });

  it("an index outside the observations", async () => {
    const finding = only(await findingsWith(() => ({ observationSpace: discrete(3), reset: () => 3 })));
    expect(finding.message).toBe("reset() gave the observation 3, outside Discrete(3)");
  });

  it("chance that the seed doesn't decide", async () => {
    const finding = only(
      await findingsWith((sound) => ({
        reset: () => Sound.prototype.reset.call(sound, new HostRandom(Math.floor(Math.random() * 2 ** 32))),
      })),
    );
    expect(finding).toMatchObject({ severity: "error", check: "seed" });
    expect(finding.message).toMatch(
      /^two environments play the same seed and actions differently; take all chance from the random numbers that reset\(\) is given \(number 0 from call 1 is 0\.\d+, then 0\.\d+\)$/,
    );
  });

  it("episodes that leave something behind", async () => {
    const changes = (sound: Sound) => {
      let steps = 0;
      return { step: (action: number) => ({ ...Sound.prototype.step.call(sound, action), reward: ++steps > 500 ? 2 : 1 }) };
    };
    const finding = only(await findingsWith(changes));
    expect(finding).toMatchObject({ severity: "error", check: "reset" });
    expect(finding.message).toMatch(
      /^reset\(\) leaves something as it was: the same seed and actions go another way the second time \(number 1 from call \d+ is 1, then 2\)$/,
    );
  });

  it.each(["reset", "step"] as const)("an exception in %s(), with its own stack", async (method) => {
    const thrown = new TypeError("no such door");
    const finding = only(
      await findingsWith(() => ({
        [method]: () => {
          throw thrown;
        },
      })),
    );
    const call = method === "step" ? "step(0)" : "reset()";
    expect(finding).toEqual({ severity: "error", check: "exceptions", message: `${call} threw TypeError: no such door`, cause: thrown });
  });

  it("an exception in create()", async () => {
    const create = () => {
      throw new Error("no screen");
    };
    expect(only(await checkEnv(create))).toMatchObject({ check: "exceptions", message: "create() threw Error: no screen" });
  });

  it("an action that isn't taken, whichever it is", async () => {
    const refuse = (action: number) => {
      if (action === 6) throw new RangeError("no such move");
      return { observation: [0], reward: 0, terminated: action === 2 };
    };
    const finding = (await findingsWith(() => ({ actionSpace: discrete(7), step: refuse }))).find(({ severity }) => severity === "error");
    expect(finding?.message).toBe("step(6) threw RangeError: no such move");
    const corner = (action: Float32Array) => {
      if (action[1] === 2) throw new RangeError("too far");
      return { observation: [0], reward: 0, terminated: false };
    };
    const other = await findingsWith(() => ({ actionSpace: box([-1, -1], [1, 2]), step: corner }));
    expect(only(other).message).toBe("step([1,2]) threw RangeError: too far");
  });

  it("one environment for all lanes", async () => {
    const one = new Sound();
    expect(only(await checkEnv(() => one))).toEqual({
      severity: "error",
      check: "instances",
      message: "create() gives the same environment again, and lanes would share it; make a new one in each call",
    });
  });

  it("a state that isn't put in again", async () => {
    const finding = only(await findingsWith((sound) => ({ state: () => [sound.place], setState: () => {} })));
    expect(finding).toMatchObject({ severity: "error", check: "state" });
    expect(finding.message).toMatch(/^setState\(\) was given 0\.\d+ as number 0, but state\(\) gives 0\.\d+$/);
  });
});

describe("warns of", () => {
  it("a state that can be taken out, but not put in", async () => {
    const finding = only(await findingsWith((sound) => ({ state: () => [sound.place] })));
    expect(finding).toEqual({
      severity: "warning",
      check: "state",
      message: "state() and setState() belong together; one of them is missing",
    });
  });

  it("one array for all observations", async () => {
    const finding = only(
      await findingsWith((sound) => {
        const shared = Float32Array.of(0);
        return {
          reset: (random: HostRandom) => {
            shared.set(Sound.prototype.reset.call(sound, random));
            return shared;
          },
          step: (action: number) => {
            const { observation, ...rest } = Sound.prototype.step.call(sound, action);
            shared.set(observation as ArrayLike<number>);
            return { ...rest, observation: shared };
          },
        };
      }),
    );
    expect(finding).toMatchObject({ severity: "warning", check: "reused array" });
    expect(finding.message).toMatch(/^observations change after they were given/);
  });

  it("a step that changes its action", async () => {
    const changes = {
      actionSpace: box([-1], [1]),
      step(action: Float32Array) {
        action.fill(0);
        return { observation: [0], reward: 0, terminated: true };
      },
    };
    expect((await findingsWith(() => changes)).map(({ check, severity }) => [check, severity])).toContainEqual([
      "changed action",
      "warning",
    ]);
  });

  it.each([[box([-100], [100])], [box([0.5], [1])], [box([-Infinity], [Infinity])]])(
    "actions far from where policies begin: %j",
    async (actionSpace) => {
      const finding = only(await findingsWith(() => ({ actionSpace, step })));
      expect(finding).toMatchObject({ severity: "warning", check: "action range" });
    },
  );

  it("episodes of one step", async () => {
    const step = () => ({ observation: [0], reward: 0, terminated: true });
    expect(only(await findingsWith(() => ({ step })))).toMatchObject({
      severity: "warning",
      message: "every episode ended with its first step",
    });
  });

  it("episodes without an end, if no time limit ends them", async () => {
    const create = () => Object.assign(new Sound(), { step });
    const endless = defineEnvironment({ id: "Endless-v0", create, timeLimit: 0 });
    expect(only(await checkEnv(endless)).message).toBe("no episode ended in 500 steps, and there is no time limit");
    expect(await checkEnv({ ...endless, timeLimit: 10 })).toEqual([]);
    expect(await checkEnv(create)).toEqual([]); // whose limit isn't known
  });

  it("a step beyond the end that is taken for one more", async () => {
    const changes = (sound: Sound) => ({
      step(action: number) {
        const outcome = Sound.prototype.step.call(sound, action);
        if (outcome.terminated) sound.place = 0;
        return outcome;
      },
    });
    const finding = only(await findingsWith(changes));
    expect(finding).toMatchObject({ severity: "warning", check: "beyond the end" });
    expect(finding.message).toMatch(/^after a terminal state step\(\) goes on as if there had been none/);
  });
});

it.each([
  [[20], [30]],
  [[-Infinity], [-30]],
  [[40], [Infinity]],
  [[-Infinity], [Infinity]],
  [[-1e38], [1e38]],
])("tries actions within the bounds %j to %j, and the bounds themselves", async (low, high) => {
  const actions: number[] = [];
  const create = () =>
    Object.assign(new Sound(), {
      actionSpace: box(low, high),
      step([action]: Float32Array) {
        actions.push(action as number);
        return step();
      },
    });
  await checkEnv(create, { steps: 50 });
  const [least, most] = [Math.min(...actions), Math.max(...actions)];
  expect(least).toBeGreaterThanOrEqual(Math.fround(low[0] as number));
  expect(most).toBeLessThanOrEqual(Math.fround(high[0] as number));
  if (Number.isFinite(low[0])) expect(least).toBe(Math.fround(low[0] as number));
  if (Number.isFinite(high[0])) expect(most).toBe(Math.fround(high[0] as number));
  expect(new Set(actions).size).toBeGreaterThan(2);
});

it("takes observations as large as pictures", async () => {
  const size = 210 * 160 * 3;
  const picture = () => new Float32Array(size);
  const changes = {
    observationSpace: box(Array(size).fill(0), Array(size).fill(255)),
    reset: picture,
    step: () => ({ observation: picture(), reward: 0, terminated: false }),
  };
  expect(await checkEnv(() => Object.assign(new Sound(), changes), { steps: 10 })).toEqual([]);
});

describe("a strict check", () => {
  it("throws all errors at once", async () => {
    const thrown = new TypeError("no such door");
    const create = () => {
      const sound = new Sound();
      return Object.assign(sound, {
        observationSpace: box([-1], [0.1]),
        step: () => {
          throw thrown;
        },
      });
    };
    const findings = await checkEnv(create);
    expect(findings.map(({ check }) => check)).toEqual(["bounds", "exceptions"]);
    const error = await checkEnv(create, { strict: true }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toBe(findings.map(({ message }) => message).join("; "));
    expect((error as Error).cause).toBe(thrown);
  });

  it("returns warnings where there are no errors", async () => {
    const create = () => Object.assign(new Sound(), { actionSpace: box([-100], [100]), step });
    expect(await checkEnv(create, { strict: true })).toEqual(await checkEnv(create));
  });
});

it("takes as many steps as it is told, three times, from the seed that it is told, and closes what it made", async () => {
  let [steps, closed] = [0, 0];
  const starts = new Set<number>();
  const create = () => {
    const sound = new Sound();
    return Object.assign(sound, {
      reset(random: HostRandom) {
        const start = Sound.prototype.reset.call(sound, random);
        starts.add(start[0] as number);
        return start;
      },
      step(action: number) {
        steps++;
        return { ...Sound.prototype.step.call(sound, action), terminated: false, observation: [0] };
      },
      close: () => closed++,
    });
  };
  await checkEnv(create, { steps: 40, seed: 1 });
  expect(steps).toBe(120);
  expect(closed).toBe(3); // one more than is played, for the spaces
  await checkEnv(create, { steps: 40, seed: 2 });
  expect(starts.size).toBe(2);
});
