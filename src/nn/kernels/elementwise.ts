/** Kernels that take one number, or two, to one: functions, arithmetic, comparisons, conditions, conversions. */
import type * as tf from "@tensorflow/tfjs";
import { BINARY, type BinaryKernel, COMPARISON, GRADIENT, UNARY } from "../../wasm/kernels.js";
import {
  bitsOf,
  bytesOf,
  type Info,
  isFloat,
  isWords,
  type Kernel,
  type KernelContext,
  type Kernels,
  sameShape,
  sizeOf,
} from "./context.js";
import { spread } from "./layout.js";
import { gradientOf, MIRRORED } from "./operations.js";
import { emit } from "./recorder.js";
import { broadcast } from "./shapes.js";

export function elementwiseKernels(context: KernelContext): Kernels {
  return { ...functions(context), ...gradients(context), ...arithmetic(context), ...conditions(context), ...conversions(context) };
}

/** The kernels of one kind, each by its own name. */
function each<Name extends string>(names: readonly Name[], kernelOf: (name: Name) => Kernel): Kernels {
  return Object.fromEntries(names.map((name) => [name, kernelOf(name)]));
}

function functions({ nn, at, make }: KernelContext): Kernels {
  /** A function with parameters, which `args` reads from the attributes. */
  const mapped =
    (name: string, run: (y: number, x: number, n: number, ...args: number[]) => void, ...names: string[]): Kernel =>
    ({ inputs: { x }, attrs }) => {
      if (!isFloat(x)) return undefined;
      const y = make(x.shape);
      emit(name, run, at(y), at(x), sizeOf(x), ...names.map((parameter) => attrs[parameter] as number));
      return y;
    };
  return {
    ...each(UNARY, (name) => mapped(name, nn[`unary${name}`])),
    LeakyRelu: mapped("LeakyRelu", nn.leakyRelu as (...numbers: number[]) => void, "alpha"),
    Step: mapped("Step", nn.step as (...numbers: number[]) => void, "alpha"),
    ClipByValue: mapped("ClipByValue", nn.clip as (...numbers: number[]) => void, "clipValueMin", "clipValueMax"),

    Pow({ inputs: { a, b } }) {
      if (!isFloat(a) || !isFloat(b) || sizeOf(b) !== 1 || b.shape.length > a.shape.length) return undefined;
      const y = make(a.shape);
      emit("Pow", nn.power, at(y), at(a), at(b), sizeOf(a));
      return y;
    },
  };
}

function gradients({ nn, at, make }: KernelContext): Kernels {
  const along =
    (name: string, run: (dx: number, known: number, dy: number, n: number, ...args: number[]) => void, ...names: string[]): Kernel =>
    ({ inputs: { known, dy }, attrs }) => {
      if (!isFloat(known) || !isFloat(dy)) return undefined;
      const dx = make(known.shape);
      emit(gradientOf(name), run, at(dx), at(known), at(dy), sizeOf(dx), ...names.map((parameter) => attrs[parameter] as number));
      return dx;
    };
  const ours: Kernels = Object.fromEntries(GRADIENT.map((name) => [gradientOf(name), along(name, nn[`gradient${name}`])]));
  return {
    ...ours,
    EluGrad: ({ inputs: { y, dy }, attrs }) => ours[gradientOf("Elu")]?.({ inputs: { known: y as Info, dy: dy as Info }, attrs }),
    [gradientOf("LeakyRelu")]: along("LeakyRelu", nn.gradientLeakyRelu as (...numbers: number[]) => void, "alpha"),
    [gradientOf("ClipByValue")]: along("ClipByValue", nn.gradientClip as (...numbers: number[]) => void, "clipValueMin", "clipValueMax"),
  };
}

function arithmetic(context: KernelContext): Kernels {
  const { nn, at, make, share, drop } = context;
  const pairwise = (name: string, run: BinaryKernel, dtype: tf.DataType, a: Info | undefined, b: Info | undefined): Info | undefined => {
    if (!isFloat(a) || !isFloat(b)) return undefined;
    const view = broadcast(a.shape, b.shape);
    if (!view.isDirect) {
      const [left, right] = [spread(context, a, view.shape), spread(context, b, view.shape)];
      const y = pairwise(name, run, dtype, left, right);
      drop(left);
      drop(right);
      return y;
    }
    const y = make(view.shape, dtype);
    emit(name, run, at(y), at(a), at(b), view.rows, view.columns, view.repeats);
    return y;
  };
  const mirrored = Object.entries(MIRRORED).map(([name, other]): [string, Kernel] => [
    name,
    ({ inputs: { a, b } }) => pairwise(name, nn[`compare${other}`], "bool", b, a),
  ]);
  return {
    ...each(
      BINARY,
      (name) =>
        ({ inputs: { a, b } }) =>
          pairwise(name, nn[`binary${name}`], "float32", a, b),
    ),
    ...each(
      COMPARISON,
      (name) =>
        ({ inputs: { a, b } }) =>
          pairwise(name, nn[`compare${name}`], "bool", a, b),
    ),
    ...Object.fromEntries(mirrored),

    AddN({ inputs }) {
      const [first, second, ...rest] = Object.values(inputs);
      if (!first || ![first, second, ...rest].every((x) => x === undefined || isFloat(x))) return undefined;
      if (!second) return share(first);
      const y = make(first.shape);
      const add = (a: Info, b: Info) => emit("AddN", nn.binaryAdd, at(y), at(a), at(b), 1, sizeOf(y), 0);
      add(first, second);
      for (const x of rest) add(y, x);
      return y;
    },
  };
}

function conditions({ nn, at, make }: KernelContext): Kernels {
  const logical =
    (name: string, run: NnLogic): Kernel =>
    ({ inputs: { a, b } }) => {
      if (a?.dtype !== "bool" || b?.dtype !== "bool" || !sameShape(a, b)) return undefined;
      const y = make(a.shape, "bool");
      emit(name, run, at(y), at(a), at(b), sizeOf(a));
      return y;
    };
  return {
    LogicalAnd: logical("LogicalAnd", nn.logicalAnd),
    LogicalOr: logical("LogicalOr", nn.logicalOr),

    LogicalNot({ inputs: { x } }) {
      if (x?.dtype !== "bool") return undefined;
      const y = make(x.shape, "bool");
      emit("LogicalNot", nn.logicalNot, at(y), at(x), sizeOf(x));
      return y;
    },

    Select({ inputs: { condition, t, e } }) {
      if (!condition || !isWords(t) || !isWords(e) || t.dtype !== e.dtype || sizeOf(condition) !== sizeOf(t)) return undefined;
      const y = make(t.shape, t.dtype);
      emit("Select", nn.select, at(y), at(condition), at(t), at(e), sizeOf(t));
      return y;
    },
  };
}

type NnLogic = (y: number, a: number, b: number, n: number) => void;

function conversions({ nn, at, make, share }: KernelContext): Kernels {
  const filled = (name: string, shape: readonly number[], dtype: tf.DataType, value: number): Info | undefined => {
    const y = make(shape, dtype);
    if (bytesOf(y) === 1) emit(name, nn.fillBytes, at(y), sizeOf(y), value);
    else emit(name, nn.fill, at(y), sizeOf(y), bitsOf(value, dtype));
    return y;
  };
  const fillLike =
    (name: string, value: number): Kernel =>
    ({ inputs: { x } }) =>
      x && bytesOf(x) ? filled(name, x.shape, x.dtype, value) : undefined;
  const converters: Readonly<Record<string, NnKernel>> = {
    "bool→float32": nn.floatFromBool,
    "int32→float32": nn.floatFromInt,
    "float32→int32": nn.intFromFloat,
  };
  return {
    ZerosLike: fillLike("ZerosLike", 0),
    OnesLike: fillLike("OnesLike", 1),

    Fill({ attrs: { shape, value, dtype = "float32" } }) {
      if (typeof value !== "number" || (dtype !== "float32" && dtype !== "int32")) return undefined;
      return filled("Fill", shape as number[], dtype, value);
    },

    Cast({ inputs: { x }, attrs: { dtype } }) {
      if (!x) return undefined;
      if (x.dtype === dtype) return share(x);
      const convert = converters[`${x.dtype}→${dtype}`];
      if (!convert) return undefined;
      const y = make(x.shape, dtype as tf.DataType);
      emit("Cast", convert, at(y), at(x), sizeOf(x));
      return y;
    },
  };
}

type NnKernel = (y: number, x: number, n: number) => void;
