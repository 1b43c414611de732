/**
 * The networks of an ONNX model: its nodes are gone through with a symbol for the observation, which remembers what was done to it.
 * What isn't understood only matters if the policy depends on it; then it is refused by the name of its node.
 */
import { demand } from "../../policy/errors.js";
import { show } from "../../policy/guards.js";
import { type OnnxModel, readOnnx } from "../onnx-reader.js";
import { isSteps, type Refusal, type Steps, stepsFor, type Value } from "./operators.js";
import type { Step } from "./steps.js";

/** What a file of another program holds. */
export interface Found {
  readonly actor: readonly Step[];
  readonly critic: readonly Step[] | undefined;
  /** ln σ of each component of the action, the same in every state. */
  readonly logStd: readonly number[] | undefined;
}

/** Names of outputs, those that need least undoing first. */
const ACTOR_OUTPUTS: readonly string[] = ["logits", "mean", "mu", "q_values", "q", "actions", "action", "policy", "output"];
const CRITIC_OUTPUTS: readonly string[] = ["value", "values", "critic", "v"];
const LOG_STD = /(^|[._/])(actor_)?log_?std(\.\d+)?$/i;

export function foundInOnnx(bytes: Uint8Array): Found {
  const model = readOnnx(bytes);
  const values = evaluated(model);
  const stepsOf = (output: string): readonly Step[] => {
    const value = values.get(output) ?? refusalOf(output);
    demand(!("refusal" in value), () => (value as Refusal).refusal);
    demand(isSteps(value), () => `the output ${show(output)} is the same for all observations`);
    return value.steps;
  };
  const { actor, critic } = chosenOutputs(model.outputs.filter((name) => !isConstant(values.get(name))));
  return {
    actor: stepsOf(actor),
    critic: critic === undefined ? undefined : stepsOf(critic),
    logStd: logStdIn(values, model.outputs),
  };
}

/** Every value of the graph by its name. */
function evaluated({ nodes, constants, inputs }: OnnxModel): Map<string, Value> {
  const values = new Map<string, Value>(constants);
  const observations = inputs.filter((name) => !constants.has(name));
  const [observation] = observations;
  demand(
    observation !== undefined && observations.length === 1,
    () =>
      `the model takes ${observations.length} inputs${observations.length > 0 ? ` (${observations.join(", ")})` : ""}; wanted is one observation`,
  );
  values.set(observation, { steps: [], width: undefined } satisfies Steps);
  for (const node of nodes) {
    const given = node.inputs.map((name) => (name === "" ? undefined : (values.get(name) ?? refusalOf(name))));
    const [output] = node.outputs;
    if (output !== undefined) values.set(output, stepsFor(node, given));
  }
  return values;
}

/** A constant of that name. What is no constant, but is put out as one, would be lost. */
function logStdIn(values: ReadonlyMap<string, Value>, outputs: readonly string[]): readonly number[] | undefined {
  const named = [...values].filter(([name]) => LOG_STD.test(name));
  for (const [, value] of named) if ("data" in value) return value.data;
  const lost = outputs.find((name) => LOG_STD.test(name));
  demand(lost === undefined, () => `the output ${show(lost)} depends on the observation; a policy has it beside the means in one output`);
  return undefined;
}

function refusalOf(name: string): Refusal {
  return { refusal: `no node before gives ${show(name)}` };
}

function isConstant(value: Value | undefined): boolean {
  return value !== undefined && "data" in value;
}

/** Which outputs are the policy's and the value's. */
function chosenOutputs(names: readonly string[]): { actor: string; critic: string | undefined } {
  const critic = names.length > 1 ? names.find((name) => CRITIC_OUTPUTS.includes(name)) : undefined;
  const others = names.filter((name) => name !== critic);
  const known = ACTOR_OUTPUTS.find((name) => others.includes(name));
  const actor = known ?? (others.length === 1 ? others[0] : undefined);
  demand(
    actor !== undefined,
    () => `which of the outputs ${names.join(", ") || "(none)"} is the policy's? Call it ${ACTOR_OUTPUTS.slice(0, 3).join(", ")} or action`,
  );
  return { actor, critic };
}
