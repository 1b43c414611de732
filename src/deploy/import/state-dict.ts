/** The networks of a PyTorch state_dict in a safetensors file: dense layers by their names, weights [out,in]. */
import { demand } from "../../policy/errors.js";
import { show } from "../../policy/guards.js";
import { type NamedTensor, readContainer } from "../../policy/safetensors.js";
import { DECODERS } from "../numbers.js";
import { inOrder, type Part, partsOf } from "./names.js";
import type { Role } from "./network.js";
import type { Found } from "./onnx.js";
import { activationSteps, type Dense, type ImportedActivation, type Step } from "./steps.js";

type Tensors = ReadonlyMap<string, NamedTensor>;

/** @param activation what follows the hidden layers, which the file doesn't say */
export function foundInStateDict(bytes: Uint8Array, role: Role, activation: ImportedActivation | undefined): Found {
  const { metadata, tensors } = readContainer(bytes, DECODERS);
  demand(!Object.hasOwn(Object(metadata), "lanewise"), () => "a policy file of lanewise's own; it needs no import");
  const names = new Set(Array.from(tensors.keys(), (name) => name.replace(/\.(weight|bias)$/, "")));
  const { parts, unknown } = partsOf([...names]);
  demand(
    unknown.length === 0 && names.size > 0,
    () => `can't place ${unknown.slice(0, 4).map(show).join(", ")}${unknown.length > 4 ? ", …" : ""}; call the layers net.0, net.2, …`,
  );
  const named = (part: Part) => inOrder([...parts].filter(([, one]) => one === part).map(([name]) => name));
  const chain = (hidden: Part, head: Part) => [...named(hidden), ...named(head)];
  const criticNames = chain("critic", "criticHead");
  const critic =
    criticNames.length === 0
      ? undefined
      : stepsOf(
          criticNames.map((name) => layer(tensors, name)),
          activation,
        );
  const logStd = named("logStd").map((name) => tensors.get(name))[0];
  const actor = actorLayers(tensors, chain("actor", "actorHead"), named("logStdHead"), role);
  demand(actor.length > 0, () => "the file holds no layers of a policy");
  return {
    actor: [...stepsOf(actor, activation), ...actorEnd(tensors, role, named("actionScale")[0], named("actionBias")[0])],
    critic,
    logStd: logStd && Array.from(logStd.data),
  };
}

interface NamedDense extends Dense {
  readonly name: string;
}

/** A head for ln σ becomes further outputs of the last layer, where the policy draws from it. */
function actorLayers(tensors: Tensors, names: readonly string[], deviations: readonly string[], role: Role): NamedDense[] {
  const layers = names.map((name) => layer(tensors, name));
  const [last, beside] = [layers.at(-1), deviations.map((name) => layer(tensors, name))[0]];
  if (!last || !beside || role !== "squashedGaussian") return layers;
  demand(
    last.inputs === beside.inputs && last.outputs === beside.outputs,
    () =>
      `${show(beside.name)} is [${beside.outputs},${beside.inputs}], ${show(last.name)} is [${last.outputs},${last.inputs}]; wanted are two alike`,
  );
  return [...layers.slice(0, -1), sideBySide(last, beside)];
}

function sideBySide(left: NamedDense, right: NamedDense): NamedDense {
  const { inputs, outputs } = left;
  const weight = Array.from({ length: 2 * inputs * outputs }, (_, i) => {
    const [row, column] = [Math.floor(i / (2 * outputs)), i % (2 * outputs)];
    const from = column < outputs ? left : right;
    return from.weight[row * outputs + (column % outputs)] as number;
  });
  return { ...left, outputs: 2 * outputs, weight, bias: [...left.bias, ...right.bias] };
}

function layer(tensors: Tensors, name: string): NamedDense {
  const weight = tensors.get(`${name}.weight`);
  demand(
    weight?.shape.length === 2,
    () => `${show(name)} is no dense layer: its weight is ${weight ? `[${weight.shape}]` : "not there"}, wanted [out,in]`,
  );
  const [outputs, inputs] = weight.shape as [number, number];
  const bias = tensors.get(`${name}.bias`);
  const fits = bias === undefined || (bias.shape.length === 1 && bias.data.length === outputs);
  demand(fits, () => `${show(`${name}.bias`)} is [${bias?.shape}], wanted [${outputs}]`);
  const turned = Array.from(
    { length: inputs * outputs },
    (_, i) => weight.data[(i % outputs) * inputs + Math.floor(i / outputs)] as number,
  );
  return { kind: "dense", name, inputs, outputs, weight: turned, bias: bias ? Array.from(bias.data) : Array<number>(outputs).fill(0) };
}

function stepsOf(layers: readonly NamedDense[], activation: ImportedActivation | undefined): Step[] {
  return layers.flatMap((dense, i) => {
    if (i === layers.length - 1) return [dense];
    demand(
      activation !== undefined,
      () =>
        "safetensors don't say what follows the hidden layers: name the activation, tanh, relu or sigmoid " +
        "(Stable-Baselines3 and CleanRL: tanh in PPO and A2C, relu in DQN, DDPG, TD3 and SAC)",
    );
    return [dense, ...activationSteps(activation, dense.name)];
  });
}

/** The tanh of policies within ±1, and what their actions are scaled by. */
function actorEnd(tensors: Tensors, role: Role, scale: string | undefined, bias: string | undefined): Step[] {
  const [scaled, shifted] = [scale, bias].map((name) => (name === undefined ? undefined : Array.from(tensors.get(name)?.data ?? [])));
  if (role !== "deterministic") return [];
  const tanh = activationSteps("tanh", "tanh");
  if (!scaled || !shifted) return tanh;
  return [...tanh, { kind: "affine", scale: scaled, offset: shifted, name: "action_scale" }];
}
