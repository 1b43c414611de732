/** Kernels of linear algebra: products of matrices, and dense layers with what follows them. */
import { ACTIVATION, type Activation } from "../../wasm/layers.js";
import { type Info, isFloat, type KernelContext, type Kernels, product, sizeOf } from "./context.js";
import { DENSE, DENSE_GRADIENT } from "./operations.js";
import { emit } from "./recorder.js";
import { broadcast } from "./shapes.js";

export function algebraKernels(context: KernelContext): Kernels {
  return { ...products(context), ...denseLayers(context) };
}

interface Product {
  /** Of the result, matrices' sizes last. */
  readonly shape: number[];
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Numbers from one matrix of an operand to its next; 0 repeats one. */
  readonly aBatch: number;
  readonly bBatch: number;
  /** 1 for an operand that is transposed. */
  readonly transposes: readonly [number, number];
}

/** How two tensors multiply, or undefined if their batches differ and neither has just one matrix. */
function productOf(a: Info, b: Info, transposeA: boolean, transposeB: boolean): Product | undefined {
  const [m, k] = matrixShape(a, transposeA);
  const [, n] = matrixShape(b, transposeB);
  const [aOuter, bOuter] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [aCount, bCount] = [product(aOuter), product(bOuter)];
  if (String(aOuter) !== String(bOuter) && aCount !== 1 && bCount !== 1) return undefined;
  const outer = aOuter.length > bOuter.length || (aOuter.length === bOuter.length && aCount > bCount) ? aOuter : bOuter;
  const sizes = { shape: [...outer, m, n], k, n, transposes: [Number(transposeA), Number(transposeB)] as const };
  if (bCount === 1 && !transposeA) return { ...sizes, batch: 1, m: m * aCount, aBatch: 0, bBatch: 0 };
  return { ...sizes, batch: product(outer), m, aBatch: aCount === 1 ? 0 : m * k, bBatch: bCount === 1 ? 0 : k * n };
}

function matrixShape({ shape }: Info, isTransposed: boolean): [number, number] {
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  return isTransposed ? [columns, rows] : [rows, columns];
}

/** What may follow a fused product. */
const FOLLOWERS = { relu: "unaryRelu", relu6: "unaryRelu6", elu: "unaryElu", sigmoid: "unarySigmoid" } as const;
const FUSABLE: readonly unknown[] = ["linear", "leakyrelu", ...Object.keys(FOLLOWERS)];

function products({ nn, at, make, scratch }: KernelContext): Kernels {
  /** y ← op(a) · op(b) */
  const multiply = (y: number, a: Info, b: Info, view: Product): void => {
    const { batch, m, k, n, aBatch, bBatch, transposes } = view;
    scratch(nn.matMulScratchBytes(k, n), (address) => {
      if (k === 0) emit("BatchMatMul", nn.fill, y, batch * m * n, 0);
      else if (batch === 1) emit("BatchMatMul", nn.matMul, y, at(a), at(b), m, k, n, ...transposes, address);
      else emit("BatchMatMul", nn.batchMatMul, y, at(a), at(b), batch, m, k, n, aBatch, bBatch, ...transposes, address);
    });
  };

  /** y ← op(a) · op(b) + bias */
  const multiplyAndAdd = (y: number, a: Info, b: Info, bias: Info, view: Product): void => {
    const { rows, columns, repeats } = broadcast([view.m, view.n], [view.n]);
    scratch(4 * view.m * view.n, (address) => {
      multiply(address, a, b, view);
      emit("_FusedMatMul", nn.binaryAdd, y, address, at(bias), rows, columns, repeats);
    });
  };

  const dense = (y: number, a: Info, b: Info, bias: Info, { m, k, n }: Product, activation: Activation): void =>
    scratch(nn.denseScratchBytes(k, n), (address) =>
      emit("_FusedMatMul", nn.denseForward, y, at(a), at(b), at(bias), m, k, n, ACTIVATION[activation], address),
    );

  const follow = (y: Info, activation: unknown, alpha: number): void => {
    if (activation === "leakyrelu") emit("_FusedMatMul", nn.leakyRelu, at(y), at(y), sizeOf(y), alpha);
    const follower = FOLLOWERS[activation as keyof typeof FOLLOWERS];
    if (follower) emit("_FusedMatMul", nn[follower], at(y), at(y), sizeOf(y));
  };

  return {
    BatchMatMul({ inputs: { a, b }, attrs: { transposeA, transposeB } }) {
      const view = isFloat(a) && isFloat(b) && productOf(a, b, Boolean(transposeA), Boolean(transposeB));
      if (!a || !b || !view) return undefined;
      const y = make(view.shape);
      multiply(at(y), a, b, view);
      return y;
    },

    _FusedMatMul({ inputs: { a, b, bias }, attrs: { transposeA, transposeB, activation = "linear", leakyreluAlpha = 0 } }) {
      const view = isFloat(a) && isFloat(b) && productOf(a, b, Boolean(transposeA), Boolean(transposeB));
      if (!a || !b || !view || view.batch !== 1 || !FUSABLE.includes(activation)) return undefined;
      if (bias && (!isFloat(bias) || sizeOf(bias) !== view.n)) return undefined;
      const y = make(view.shape);
      const isDense = bias !== undefined && view.k > 0 && view.transposes.every((flag) => flag === 0);
      const isRelu = activation === "relu";
      if (isDense) dense(at(y), a, b, bias, view, isRelu ? "relu" : "linear");
      else if (bias) multiplyAndAdd(at(y), a, b, bias, view);
      else multiply(at(y), a, b, view);
      if (!isDense || !isRelu) follow(y, activation, leakyreluAlpha as number);
      return y;
    },
  };
}

function denseLayers({ nn, at, make, scratch }: KernelContext): Kernels {
  /** 0 leaves it out. */
  const place = (info: Info | undefined) => (info ? at(info) : 0);
  return {
    [DENSE]({ inputs: { x, w, b }, attrs: { activation } }) {
      if (!x || !w || !b) return undefined;
      const [inputs, outputs] = w.shape as [number, number];
      const rows = sizeOf(x) / inputs;
      const y = make([rows, outputs]);
      const code = ACTIVATION[activation as Activation];
      scratch(nn.denseScratchBytes(inputs, outputs), (address) =>
        emit("DenseForward", nn.denseForward, at(y), at(x), at(w), at(b), rows, inputs, outputs, code, address),
      );
      return y;
    },

    [DENSE_GRADIENT]({ inputs: { x, w, y, dy }, attrs: { activation, wants } }) {
      if (!w || !y || !dy || (!x && wants !== "input")) return undefined;
      const [inputs, outputs] = w.shape as [number, number];
      const rows = sizeOf(y) / outputs;
      const dx = wants === "parameters" ? undefined : make([rows, inputs]);
      const [dw, db] = wants === "input" ? [] : [make(w.shape), make([outputs])];
      const results = [place(dx), place(dw), place(db)] as const;
      const given = [place(x), at(w), at(y), at(dy), rows, inputs, outputs, ACTIVATION[activation as Activation]] as const;
      scratch(nn.denseScratchBytes(inputs, outputs), (address) => emit("DenseBackward", nn.denseBackward, ...results, ...given, address));
      return [dw, db, dx].filter((result) => result !== undefined);
    },
  };
}
