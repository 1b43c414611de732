/** RMSProp, SGD and target networks: kernels against float64 and their twins, and both forms of each against TensorFlow.js's own. */
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../../src/core/errors.js";
import type { Optimizer } from "../../../src/nn/adam.js";
import { type Backend, type BackendName, startBackend } from "../../../src/nn/backend.js";
import { follow } from "../../../src/nn/optimizers/polyak.js";
import { type RmsPropOptions, rmsProp } from "../../../src/nn/optimizers/rmsprop.js";
import { type SgdOptions, sgd } from "../../../src/nn/optimizers/sgd.js";
import { Parameters } from "../../../src/nn/parameters.js";
import { bitsOf } from "../../oracle/bits.js";
import { drawn, randomNormals } from "../../oracle/random.js";
import { bothTwins, floats, LENGTHS, type Setup } from "./setup.js";

/** Ten steps of a few float32 operations each, of numbers near 1; divisions by √s magnify where s is small. Measured: 1.8e-6. */
const TOLERANCE = 1e-5;
const STEPS = 10;
const LEARNING_RATE = 0.05;

let twins: readonly [Setup, Setup];

beforeAll(async () => {
  twins = await bothTwins();
});

const gradientAt = (step: number, n: number) => drawn(n, randomNormals(100 + step));

function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(got.length).toBe(wanted.length);
  for (const [i, value] of Array.from(wanted).entries()) {
    expect(Math.abs((got[i] as number) - value) / (1 + Math.abs(value))).toBeLessThan(TOLERANCE);
  }
}

interface Memory {
  s: number;
  m: number;
  v: number;
}

/** One number's step in float64. */
type Rule = (memory: Memory, g: number) => number;

const rmsPropRule =
  ({ decay = 0.99, epsilon = 1e-8, epsilonPlace = "outside", centered = false, momentum = 0 }: RmsPropOptions): Rule =>
  (memory, g) => {
    memory.s = decay * memory.s + (1 - decay) * g * g;
    memory.m = decay * memory.m + (1 - decay) * g;
    const spread = memory.s - (centered ? memory.m ** 2 : 0);
    memory.v = momentum * memory.v + g / (epsilonPlace === "inside" ? Math.sqrt(spread + epsilon) : Math.sqrt(spread) + epsilon);
    return memory.v;
  };

const sgdRule =
  ({ momentum = 0 }: SgdOptions): Rule =>
  (memory, g) => {
    memory.v = momentum * memory.v + g;
    return memory.v;
  };

/** Where ten steps from the same start end, all tensors clipped together. */
function descend64(starts: readonly Float32Array[], rule: Rule, initialMeanSquare = 0, maxGradNorm = Infinity): Float64Array[] {
  const values = starts.map((start) => Float64Array.from(start));
  const memories = starts.map((start) => Array.from(start, (): Memory => ({ s: initialMeanSquare, m: 0, v: 0 })));
  for (let step = 0; step < STEPS; step++) {
    const gradients = starts.map(({ length }, k) => gradientAt(step + 50 * k, length));
    const norm = Math.sqrt(gradients.reduce((sum, g) => sum + g.reduce((total, x) => total + x * x, 0), 0));
    const scale = Math.min(1, maxGradNorm / (norm + 1e-6));
    for (const [k, value] of values.entries()) {
      const memory = memories[k] as Memory[];
      value.forEach((x, i) => {
        value[i] = x - LEARNING_RATE * rule(memory[i] as Memory, scale * (gradients[k]?.[i] as number));
      });
    }
  }
  return values;
}

const RMS_PROPS: readonly RmsPropOptions[] = [
  {},
  { epsilon: 0.1 },
  { epsilon: 0.1, epsilonPlace: "inside" },
  { decay: 0.95, momentum: 0.9 },
  { centered: true, decay: 0.95, epsilon: 0.01, epsilonPlace: "inside", momentum: 0.95 },
  { initialMeanSquare: 1, epsilon: 1e-5, epsilonPlace: "inside", maxGradNorm: 0.5 },
];
const SGDS: readonly SgdOptions[] = [{}, { momentum: 0.9 }, { momentum: 0.5, maxGradNorm: 1 }];

describe("kernels", () => {
  it.each(LENGTHS)("take float64's steps on %i numbers, with their scalar twins' bits", (n) => {
    const start = gradientAt(999, n);
    const ends = twins.map((setup) => {
      const [parameter, velocity] = [floats(setup, start), floats(setup, new Float32Array(n))];
      const [other, square, mean, speed] = [floats(setup, start), floats(setup, new Float32Array(n).fill(1)), floats(setup, new Float32Array(n)), floats(setup, new Float32Array(n))]; // biome-ignore format: table
      for (let step = 0; step < STEPS; step++) {
        const gradient = floats(setup, gradientAt(step, n)).address;
        setup.nn.sgd(parameter.address, velocity.address, gradient, n, 0.5, LEARNING_RATE, 0.9);
        const memories = [square.address, mean.address, speed.address] as const;
        setup.nn.rmsProp(other.address, ...memories, gradient, n, 0.5, LEARNING_RATE, 0.95, 0.9, 1, 0.01, 1e-3);
      }
      return [parameter.data.slice(), other.data.slice()] as const;
    });
    const [[bySgd, byRmsProp] = [], twin = []] = ends;
    expect(bitsOf(...(ends[0] as [Float32Array, Float32Array]))).toBe(bitsOf(...(twin as [Float32Array, Float32Array])));
    const halved =
      (rule: Rule): Rule =>
      (memory, g) =>
        rule(memory, 0.5 * g);
    expectClose(bySgd as Float32Array, descend64([start], halved(sgdRule({ momentum: 0.9 })))[0] as Float64Array);
    const both: Rule = (memory, g) => {
      memory.s = 0.95 * memory.s + 0.05 * g * g;
      memory.m = 0.95 * memory.m + 0.05 * g;
      memory.v = 0.9 * memory.v + g / (Math.sqrt(memory.s - memory.m ** 2 + 0.01) + 1e-3);
      return memory.v;
    };
    expectClose(byRmsProp as Float32Array, descend64([start], halved(both), 1)[0] as Float64Array);
  });

  it.each(LENGTHS)("average %i numbers", (n) => {
    const [target, source] = [gradientAt(1, n), gradientAt(2, n)];
    const ends = twins.map((setup) => {
      const column = floats(setup, target);
      setup.nn.polyak(column.address, floats(setup, source).address, n, 0.005);
      return column.data.slice();
    }) as [Float32Array, Float32Array];
    expect(bitsOf(ends[0])).toBe(bitsOf(ends[1]));
    expectClose(
      ends[0],
      target.map((value, i) => 0.995 * value + 0.005 * (source[i] as number)),
    );
  });

  it("let go of what has decayed before it becomes subnormal", () => {
    for (const setup of twins) {
      const [parameter, zero] = [floats(setup, [1, 1, 1, 1, 1]), floats(setup, new Float32Array(5))];
      const [a, b, c, d] = [1, 2, 3, 4].map(() => floats(setup, new Float32Array(5).fill(1e-30))) as [
        typeof zero,
        typeof zero,
        typeof zero,
        typeof zero,
      ];
      for (let i = 0; i < 20; i++) {
        setup.nn.sgd(parameter.address, a.address, zero.address, 5, 1, 0.1, 0.5);
        setup.nn.rmsProp(parameter.address, b.address, c.address, d.address, zero.address, 5, 1, 0.1, 0.5, 0.5, 0, 0, 1e-8);
      }
      for (const memory of [a, b, c, d]) expect([...memory.data]).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it("write nothing beside their columns", () => {
    for (const { heap } of twins) expect(heap.damaged()).toEqual([]);
  });
});

const SHAPES = [[3, 4], [5], [1]];

/** Parameters with first values, on a backend. */
function parametersOn(backend: Backend, seed: number): { parameters: Parameters; starts: Float32Array[] } {
  const parameters = new Parameters(backend);
  const starts = SHAPES.map((shape, k) =>
    gradientAt(
      seed + k,
      shape.reduce((a, b) => a * b),
    ),
  );
  SHAPES.forEach((shape, k) => void parameters.add(`p${k}`, shape, starts[k] as Float32Array));
  return { parameters, starts };
}

async function descended(
  backendName: BackendName,
  create: (parameters: Parameters) => Optimizer,
): Promise<{ starts: Float32Array[]; ends: Float32Array[] }> {
  const backend = await startBackend(backendName);
  const { parameters, starts } = parametersOn(backend, 999);
  const optimizer = create(parameters);
  for (let step = 0; step < STEPS; step++) {
    tf.tidy(() =>
      optimizer.stepTensors(
        SHAPES.map((shape, k) => tf.tensor(gradientAt(step + 50 * k, starts[k]?.length as number), shape)),
        LEARNING_RATE,
      ),
    );
  }
  await parameters.pull();
  const ends = parameters.list.map(({ column }) => column.data.slice());
  parameters.dispose();
  backend.dispose();
  return { starts, ends };
}

describe.each(["wasm", "cpu"] as const)("on %s", (backend) => {
  it.each(RMS_PROPS)("RMSProp with %j takes float64's steps", async (options) => {
    const { starts, ends } = await descended(backend, (parameters) => rmsProp(parameters, options));
    const wanted = descend64(starts, rmsPropRule(options), options.initialMeanSquare, options.maxGradNorm);
    for (const [k, end] of ends.entries()) expectClose(end, wanted[k] as Float64Array);
  });

  it.each(SGDS)("SGD with %j takes float64's steps", async (options) => {
    const { starts, ends } = await descended(backend, (parameters) => sgd(parameters, options));
    const wanted = descend64(starts, sgdRule(options), 0, options.maxGradNorm);
    for (const [k, end] of ends.entries()) expectClose(end, wanted[k] as Float64Array);
  });

  it("both end where TensorFlow.js's own optimizers do", async () => {
    const byOurs = {
      rmsProp: await descended(backend, (parameters) =>
        rmsProp(parameters, { decay: 0.9, momentum: 0.5, epsilon: 1e-3, epsilonPlace: "inside" }),
      ),
      sgd: await descended(backend, (parameters) => sgd(parameters, { momentum: 0.5 })),
    };
    const theirs = { rmsProp: tf.train.rmsprop(LEARNING_RATE, 0.9, 0.5, 1e-3), sgd: tf.train.momentum(LEARNING_RATE, 0.5) };
    for (const name of ["rmsProp", "sgd"] as const) {
      const { starts, ends } = byOurs[name];
      const variables = SHAPES.map((shape, k) => tf.variable(tf.tensor(starts[k] as Float32Array, shape), true, `${name}-${backend}-${k}`));
      for (let step = 0; step < STEPS; step++) {
        const gradients = variables.map(({ name: own, shape, size }, k) => [own, tf.tensor(gradientAt(step + 50 * k, size), shape)]);
        theirs[name].applyGradients(Object.fromEntries(gradients));
      }
      for (const [k, variable] of variables.entries()) expectClose(ends[k] as Float32Array, variable.dataSync());
      tf.dispose(variables);
      theirs[name].dispose();
    }
  });

  it.each([1, 0.25, 0.005])("a target follows its source by %f", async (tau) => {
    const started = await startBackend(backend);
    const [target, source] = [parametersOn(started, 200), parametersOn(started, 300)];
    for (let i = 0; i < 3; i++) follow(target.parameters, source.parameters, tau);
    await target.parameters.pull();
    for (const [k, { column }] of target.parameters.list.entries()) {
      const [from, to] = [target.starts[k] as Float32Array, source.starts[k] as Float32Array];
      expectClose(
        column.data,
        from.map((value, i) => value * (1 - tau) ** 3 + (to[i] as number) * (1 - (1 - tau) ** 3)),
      );
      if (tau === 1) expect([...column.data]).toEqual([...to]);
    }
    const other = new Parameters(started);
    other.add("p", [2], [0, 0]);
    expect(() => follow(target.parameters, other, 0.5)).toThrow(UsageError);
    expect(() => follow(target.parameters, other, 0.5)).toThrow("a target of [p0 3×4, p1 5, p2 1] can't follow [p 2]");
    for (const { parameters } of [target, source]) parameters.dispose();
    other.dispose();
    started.dispose();
  });
});
