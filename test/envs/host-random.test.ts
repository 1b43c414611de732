/** The random numbers of TypeScript environments against those of compiled ones, and against definitions. */
import { describe, expect, it } from "vitest";
import { PURPOSE, type Purpose } from "../../src/core/seeds.js";
import { HostRandom } from "../../src/envs/host-random.js";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { bitsOf } from "../oracle/bits.js";
import { philox } from "../oracle/philox.js";

const drawn = <T>(count: number, draw: () => T) => Array.from({ length: count }, draw);

/** How many standard errors a frequency or moment may be off: one test in 10⁶ fails by chance, and seeds are fixed. */
const SIGMAS = 5;

describe("its bits", () => {
  it.each([
    [0, PURPOSE.environment, 0, 0],
    [7, PURPOSE.environment, 3, 5],
    [2 ** 32 - 1, PURPOSE.evaluation, 2 ** 31 + 1, 2 ** 32 - 1],
    [0xdeadbeef, PURPOSE.shuffling, 12, 1_000_000],
  ] as const)("of seed %i, purpose %i, lane %i and episode %i are Philox's", (seed, purpose, lane, episode) => {
    const random = new HostRandom().begin(seed, purpose, lane, episode);
    const wanted = drawn(50, () => 0).flatMap((_, block) => philox([lane, episode, 0, block], [seed, purpose]));
    expect(drawn(200, () => random.bits())).toEqual(wanted);
  });

  it("begin anew with each episode, whatever was drawn before", () => {
    const random = new HostRandom(3);
    const [first, normal] = [random.bits(), random.normal()];
    expect(random.begin(3, PURPOSE.environment, 0, 0).bits()).toBe(first);
    expect(random.normal()).toBe(normal);
    expect(random.begin(3, PURPOSE.environment, 0, 1).bits()).not.toBe(first);
  });
});

describe("uniform", () => {
  it.each([0, 1, 4294967295])("gives the very first states of compiled environments, episode by episode (seed %i)", async (seed) => {
    for (const [id, bounds] of [
      ["CartPole-v1", Array(4).fill([-0.05, 0.05])],
      ["Acrobot-v1", Array(4).fill([-0.1, 0.1])],
      ["MountainCar-v0", [[-0.6, -0.4]]],
    ] as const) {
      for (const purpose of [PURPOSE.environment, PURPOSE.evaluation] satisfies Purpose[]) {
        const env = await makeVec(environments[id], { numEnvs: 7, timeLimit: 1 });
        env.reset(seed, purpose);
        for (let episode = 0; episode < 5; episode++) {
          for (let lane = 0; lane < 7; lane++) {
            const random = new HostRandom().begin(seed, purpose, lane, episode);
            const wanted = Float32Array.from(bounds, ([low, high]) => random.uniform(low, high));
            expect(bitsOf(env.state(lane).subarray(0, bounds.length)), `${id}, lane ${lane}, episode ${episode}`).toBe(bitsOf(wanted));
          }
          env.step(Array(7).fill(0));
        }
      }
    }
  });

  it("stays below its upper bound even where rounding would reach it", () => {
    const random = new HostRandom(1);
    const values = drawn(100_000, () => random.uniform(1, 1 + 2 ** -23));
    expect(new Set(values)).toEqual(new Set([1]));
  });

  it("is in [0, 1) unless told otherwise", () => {
    const random = new HostRandom(2);
    const values = drawn(10_000, () => random.uniform());
    expect(values.every((x) => x >= 0 && x < 1 && x === Math.fround(x))).toBe(true);
    expect(Math.abs(values.reduce((a, b) => a + b) / values.length - 0.5)).toBeLessThan((SIGMAS * Math.sqrt(1 / 12)) / 100);
  });
});

describe("integer", () => {
  /** Lemire's method in exact integers. */
  function wanted(n: number, bits: () => number): number {
    for (;;) {
      const product = BigInt(bits()) * BigInt(n);
      if ((product & 0xffffffffn) >= 2n ** 32n % BigInt(n)) return Number(product >> 32n);
    }
  }

  it.each([1, 2, 3, 6, 1000, 0x10000, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 3_000_000_001, 2 ** 32 - 1, 2 ** 32])(
    "below %i is Lemire's",
    (n) => {
      const [random, twin] = [new HostRandom(5), new HostRandom(5)];
      expect(drawn(300, () => random.integer(n))).toEqual(drawn(300, () => wanted(n, () => twin.bits())));
    },
  );

  it("takes each value as often as any other", () => {
    const [random, count] = [new HostRandom(6), 60_000];
    const values = drawn(count, () => random.integer(6));
    for (let i = 0; i < 6; i++) {
      const frequency = values.filter((value) => value === i).length / count;
      expect(Math.abs(frequency - 1 / 6)).toBeLessThan(SIGMAS * Math.sqrt(5 / 36 / count));
    }
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])("refuses %d", (n) => {
    expect(() => new HostRandom().integer(n)).toThrow(`integer(n) wants an n from 1 to 2³², not ${n}`);
  });
});

describe("normal", () => {
  it("is Marsaglia's polar method to the last digits", () => {
    const [random, twin] = [new HostRandom(8), new HostRandom(8)];
    const signed = () => (2 * twin.bits() + 1) / 2 ** 32 - 1;
    for (let i = 0; i < 20_000; i++) {
      let [u, v] = [signed(), signed()];
      while (u * u + v * v >= 1) [u, v] = [signed(), signed()];
      const scale = Math.sqrt((-2 * Math.log(u * u + v * v)) / (u * u + v * v));
      for (const wanted of [u * scale, v * scale]) {
        // Few roundings of 1e-16; near radius 1 the logarithm's own result is near 0, where its error counts for more.
        expect(Math.abs(random.normal() - wanted)).toBeLessThanOrEqual(4e-15 * Math.abs(wanted));
      }
    }
  });

  it("has the moments of a standard normal", () => {
    const [random, count] = [new HostRandom(9), 200_000];
    const values = drawn(count, () => random.normal());
    for (const [power, moment, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const) {
      const mean = values.reduce((sum, x) => sum + x ** power, 0) / count;
      expect(Math.abs(mean - moment), `moment ${power}`).toBeLessThan(SIGMAS * Math.sqrt(variance / count));
    }
  });
});

it.each([-1, 0.5, 2 ** 32, Number.NaN])("refuses %s as a seed", (seed) => {
  expect(() => new HostRandom(seed)).toThrow(`seed ${seed} is not an integer from 0 to 4294967295`);
});
