/**
 * Runs a LayersModel from its two files, with nothing of tfjs.ts: the check on it. Sums are rounded to float32 at each step, as backends
 * round them: what folding the normaliser into a layer loses must show.
 */
import type { Trials } from "./observations.js";
import type { Acted } from "./parity.js";
import type { Plan } from "./plan.js";

interface LayersModel {
  readonly modelTopology: { readonly config: { readonly layers: readonly LayerJson[] } };
  readonly weightsManifest: readonly { readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[] }[];
}

interface LayerJson {
  readonly class_name: string;
  readonly config: { readonly name: string; readonly activation?: string; readonly max_value?: number };
}

const ACTIVATIONS: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  tanh: Math.tanh,
  relu: (x) => Math.max(x, 0),
};

/** A RangeError where the files are no such model. */
export function runLayersModel(json: string, weights: Uint8Array, plan: Plan, { rows, data }: Trials): Acted {
  const model: LayersModel = JSON.parse(json);
  const tensors = tensorsOf(model, weights);
  const width = plan.frames * plan.frameSize;
  const results = Array.from({ length: rows }, (_, row) => {
    const given = Array.from(data.subarray(row * plan.frames * plan.size, (row + 1) * plan.frames * plan.size));
    const seen = plan.isIndex ? given.flatMap((index) => Array.from({ length: plan.frameSize }, (_, i) => Number(i === index))) : given;
    if (seen.length !== width) throw new RangeError(`an observation of ${seen.length} numbers, not ${width}`);
    return model.modelTopology.config.layers.reduce((values, layer) => runLayer(layer, values, tensors), seen);
  });
  if (plan.vector) return { actions: results.flat() };
  return { outputs: results.flat(), actions: results.map((logits) => logits.indexOf(Math.max(...logits))) };
}

function runLayer({ class_name, config }: LayerJson, values: readonly number[], tensors: ReadonlyMap<string, Float32Array>): number[] {
  const activate = ACTIVATIONS[config.activation ?? "linear"] as (x: number) => number;
  if (class_name === "Activation") return values.map(activate);
  if (class_name === "ReLU") return values.map((x) => Math.min(Math.max(x, 0), config.max_value ?? Infinity));
  const [kernel, bias] = [tensors.get(`${config.name}/kernel`), tensors.get(`${config.name}/bias`)];
  if (class_name !== "Dense" || kernel?.length !== values.length * (bias?.length ?? 0))
    throw new RangeError(`the layer ${config.name} can't be run`);
  return Array.from(bias ?? [], (b, j) => {
    const sum = values.reduce((total, x, i) => Math.fround(total + Math.fround(x * (kernel[i * (bias?.length ?? 0) + j] as number))), 0);
    return Math.fround(activate(Math.fround(sum + b)));
  });
}

/** In the order of the manifest, without gaps. */
function tensorsOf({ weightsManifest }: LayersModel, bytes: Uint8Array): Map<string, Float32Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const tensors = new Map<string, Float32Array>();
  for (const { name, shape } of weightsManifest.flatMap(({ weights }) => weights)) {
    const values = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) =>
      view.getFloat32(at + 4 * i, true),
    );
    tensors.set(name, values);
    at += 4 * values.length;
  }
  if (at !== bytes.length) throw new RangeError(`weights.bin has ${bytes.length} bytes, the manifest takes ${at}`);
  return tensors;
}
