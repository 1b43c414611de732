/** A WebAssembly module that carries the policy in two sections of its own, which the kernels know nothing of. */
import { PURPOSE } from "../core/seeds.js";
import type { DecodedPolicy, PolicyHeader } from "../policy/format.js";
import { isRescaled } from "../policy/header.js";
import { spaceToJson } from "../policy/spaces-json.js";
import { ACTIVATION } from "../wasm/layers.js";
import { concat, varint } from "./bytes.js";
import { type Dense, denseLayers, type Plan, tensorOf } from "./plan.js";
import type { RuntimeSpec } from "./runtime.js";

const SAMPLERS: Readonly<Record<PolicyHeader["distribution"]["kind"], string>> = {
  categorical: "sampleCategorical",
  greedy: "sampleCategorical",
  gaussian: "sampleGaussian",
  squashedGaussian: "sampleSquashedGaussian",
  deterministic: "",
};

/** A section that tools and hosts skip: number 0, its length, its name, its content. */
const CUSTOM_SECTION = 0;

/** The kernels' module with the policy inside. The critic stays out: acting needs none. */
export function moduleWithPolicy(kernels: Uint8Array, policy: DecodedPolicy, plan: Plan): Uint8Array<ArrayBuffer> {
  const layers = denseLayers(policy.header, policy.tensors);
  const json = new TextEncoder().encode(JSON.stringify(specOf(policy.header, plan, layers)));
  const weights = planesOf(concat(weightsOf(policy, layers).map((data) => new Uint8Array(Float32Array.from(data).buffer))));
  return concat([kernels, section("lanewise.policy", json), section("lanewise.weights", weights)]);
}

function specOf(header: PolicyHeader, plan: Plan, layers: readonly Dense[]): RuntimeSpec {
  const { algorithm, environment, distribution, training, observationNormalizer } = header;
  const [observationSpace, actionSpace] = [spaceToJson(header.observationSpace), spaceToJson(header.actionSpace)];
  const { frames, size, frameSize, isIndex, actions } = plan;
  return {
    header: { algorithm, environment, observationSpace, actionSpace, training },
    layers: layers.map(({ inputs, outputs, activation }) => [inputs, outputs, ACTIVATION[activation]]),
    sampler: SAMPLERS[distribution.kind],
    purpose: PURPOSE.acting,
    isGreedy: distribution.kind === "greedy",
    ...{ frames, size, frameSize, isIndex, actions },
    isDiscrete: header.actionSpace.kind === "discrete",
    isRescaled: isRescaled(header),
    ...(distribution.kind === "gaussian" ? { logStd: distribution.logStd !== undefined } : {}),
    ...(observationNormalizer ? { limit: observationNormalizer.limit } : {}),
  };
}

/** In the order in which the runtime takes them. */
function weightsOf({ header, tensors }: DecodedPolicy, layers: readonly Dense[]): ArrayLike<number>[] {
  const { distribution, observationNormalizer: normalizer, actionSpace } = header;
  const logStd = distribution.kind === "gaussian" ? distribution.logStd : undefined;
  const named = [logStd, normalizer?.mean, normalizer?.scale].filter((name) => name !== undefined);
  return [
    ...layers.flatMap(({ weight, bias }) => [weight, bias]),
    ...named.map((name) => tensorOf(tensors, name).data),
    ...(actionSpace.kind === "box" ? [actionSpace.low, actionSpace.high] : []),
  ];
}

/** The lowest bytes of all numbers, then the next ones, and so on: exponents side by side pack better. */
function planesOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = bytes.length / 4;
  return Uint8Array.from(bytes, (_, i) => bytes[(i % count) * 4 + Math.floor(i / count)] as number);
}

function section(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const title = new TextEncoder().encode(name);
  const body = concat([varint(title.length), title, content]);
  return concat([Uint8Array.of(CUSTOM_SECTION), varint(body.length), body]);
}
