/**
 * A policy as a TensorFlow.js LayersModel (a Keras Sequential): model.json and weights.bin.
 *
 *     input [batch, frames · D] (indices one-hot) → logits, of which the largest wins | the action itself
 *
 * There is no layer that clips, so x kept within [low, high] is written as low + min(relu(x − low), high − low).
 */
import { ensure } from "../core/errors.js";
import { VERSION } from "../core/version.js";
import type { Dense, Plan, VectorHead } from "./plan.js";
import { floatBytes } from "./protobuf.js";

/** One layer of the model: a Dense one, min(relu(x), maximum), or tanh. */
type Layer = Dense | { readonly maximum: number } | "tanh";

export interface TfjsModel {
  readonly json: string;
  readonly weights: Uint8Array<ArrayBuffer>;
}

export function tfjsModel(plan: Plan): TfjsModel {
  const layers = [...networkOf(plan), ...actionOf(plan)];
  const dense = layers.filter((layer): layer is Dense => typeof layer === "object" && "weight" in layer);
  const input = [null, plan.frames * plan.frameSize];
  const config = layers.map((layer, i) =>
    layerConfig(layer, dense.indexOf(layer as Dense), i, i === 0 ? { batch_input_shape: input } : {}),
  );
  const weights = dense.flatMap(({ inputs, outputs }, i) => [
    { name: `dense_${i}/kernel`, shape: [inputs, outputs], dtype: "float32" },
    { name: `dense_${i}/bias`, shape: [outputs], dtype: "float32" },
  ]);
  const model = {
    format: "layers-model",
    generatedBy: `lanewise ${VERSION}`,
    convertedBy: null,
    modelTopology: { class_name: "Sequential", config: { name: "policy", layers: config }, keras_version: "2.15.0", backend: "tensorflow" },
    weightsManifest: [{ paths: ["weights.bin"], weights }],
  };
  return { json: JSON.stringify(model), weights: floatBytes(dense.flatMap(({ weight, bias }) => [...weight, ...bias])) };
}

function layerConfig(layer: Layer, denseIndex: number, index: number, shape: object): object {
  if (layer === "tanh") return { class_name: "Activation", config: { name: `tanh_${index}`, activation: "tanh" } };
  if ("maximum" in layer) return { class_name: "ReLU", config: { name: `relu_${index}`, max_value: layer.maximum } };
  const { outputs, activation } = layer;
  return {
    class_name: "Dense",
    config: { name: `dense_${denseIndex}`, units: outputs, activation, use_bias: true, dtype: "float32", ...shape },
  };
}

/** The dense layers, the normaliser within the first if none of its observations can reach the limit, else before it. */
function networkOf(plan: Plan): Layer[] {
  const [first, ...rest] = plan.layers as [Dense, ...Dense[]];
  if (!plan.normalizer) return [...plan.layers];
  const { mean, scale, limit } = plan.normalizer;
  const offset = mean.map((m, i) => -m * (scale[i] as number));
  if (staysWithin(plan)) return [afterAffine(first, scale, offset), ...rest];
  const shift = new Float32Array(mean.length).fill(-limit);
  const shifted = offset.map((value) => value + limit);
  return [
    diagonal(scale, shifted),
    { maximum: 2 * limit },
    afterAffine(
      first,
      shift.map(() => 1),
      shift,
    ),
    ...rest,
  ];
}

/** Whether no observation of the space is cut off at the normaliser's limit. */
function staysWithin({ header: { observationSpace: space }, normalizer }: Plan): boolean {
  if (!normalizer) return true;
  const { mean, scale, limit } = normalizer;
  const reached = (bounds: readonly number[]) =>
    mean.every((m, i) => Math.abs(((bounds[i % bounds.length] as number) - m) * (scale[i] as number)) <= limit);
  return space.kind === "discrete" ? reached([0]) && reached([1]) : reached(space.low) && reached(space.high);
}

/** The layer for inputs x that it shall see as x · scale + offset. */
function afterAffine(layer: Dense, scale: Float32Array, offset: Float32Array): Dense {
  const { inputs, outputs } = layer;
  const weight = layer.weight.map((w, i) => w * (scale[Math.floor(i / outputs)] as number));
  const bias = layer.bias.map((b, column) => {
    let sum = b;
    for (let k = 0; k < inputs; k++) sum += (offset[k] as number) * (layer.weight[k * outputs + column] as number);
    return sum;
  });
  return { ...layer, weight, bias };
}

function actionOf({ vector }: Plan): Layer[] {
  if (!vector) return [];
  const tanh: Layer[] = vector.hasTanh ? ["tanh"] : [];
  return [...tanh, ...(vector.isRescaled ? rescaled(vector) : clipped(vector))];
}

/** low + (x within ±1, + 1) · (high − low) / 2 */
function rescaled({ low, high }: VectorHead): Layer[] {
  const half = low.map((bound, i) => 0.5 * ((high[i] as number) - bound));
  const ones = low.map(() => 1);
  return [diagonal(ones, ones), { maximum: 2 }, diagonal(half, low)];
}

/** low + (x − low) / (high − low) within [0, 1] · (high − low) */
function clipped({ low, high }: VectorHead): Layer[] {
  const bounds = [...low, ...high];
  if (bounds.every((bound) => Math.abs(bound) === Infinity)) return [];
  ensure(
    bounds.every(Number.isFinite),
    () => "a LayersModel can't clip actions of which only some are bounded; export to onnx, c, js or wasm instead",
  );
  const range = low.map((bound, i) => (high[i] as number) - bound);
  const inverse = range.map((length) => (length > 0 ? 1 / length : 0));
  return [
    diagonal(
      inverse,
      low.map((bound, i) => -bound * (inverse[i] as number)),
    ),
    { maximum: 1 },
    diagonal(range, low),
  ];
}

/** y = x · scale + offset, for each number by itself. */
function diagonal(scale: Float32Array, offset: Float32Array): Dense {
  const size = scale.length;
  const weight = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? (scale[i % size] as number) : 0));
  return { inputs: size, outputs: size, weight, bias: offset, activation: "linear" };
}
