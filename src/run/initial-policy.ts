/** Training that goes on from an earlier policy: networks begin with its parameters, observations are normalised as it knew them. */
import type { Learner } from "../algos/algorithm.js";
import { ensure } from "../core/errors.js";
import type { Source } from "../core/source.js";
import type { Backend } from "../nn/backend.js";
import { InitialValues } from "../nn/initial-values.js";
import { decodePolicy, type NamedTensor, type PolicyHeader } from "../policy/format.js";
import { loadPolicy, type Policy } from "../policy/policy.js";

export class InitialPolicy {
  /** For {@link Backend.initialValues}. */
  readonly values: InitialValues;

  private constructor(
    readonly header: PolicyHeader,
    readonly tensors: ReadonlyMap<string, NamedTensor>,
  ) {
    this.values = new InitialValues(tensors);
  }

  static async from(source: Policy | Source): Promise<InitialPolicy> {
    const policy = isPolicy(source) ? source : await loadPolicy(source);
    const { header, tensors } = await decodePolicy(await policy.bytes());
    return new InitialPolicy(header, tensors);
  }

  /**
   * Completes what creating the learner began: the normaliser's statistics go on from the policy's. Throws a UsageError if the learner's policy,
   * as `created` describes it, is another kind of function, or was not made of parameters.
   */
  complete({ normalizer }: Learner, created: PolicyHeader, { kernels }: Backend): void {
    for (const [name, trait] of Object.entries(TRAITS)) {
      const [given, own] = [trait(this.header), trait(created)];
      ensure(given === own, () => `the initial policy's ${name} is ${given}, this run's is ${own}; both need the same network`);
    }
    const missing = this.header.actor.find(({ weight }) => !this.values.wasTaken(weight));
    ensure(missing === undefined, () => `${created.algorithm} learns no network that could begin with the parameters of a policy`);
    const { observationNormalizer: statistics, training } = this.header;
    if (!normalizer || !statistics) return;
    normalizer.mean.data.set(this.#numbers(statistics.mean));
    normalizer.scale.data.set(this.#numbers(statistics.scale));
    const { mean, scale } = normalizer;
    kernels.importStatistics(normalizer.statistics.address, mean.address, scale.address, Math.max(1, training.steps), mean.length);
  }

  #numbers(name: string): Float32Array {
    return (this.tensors.get(name) as NamedTensor).data;
  }
}

function isPolicy(source: Policy | Source): source is Policy {
  return typeof source === "object" && "actBatch" in source;
}

/** What both policies must have in common for the parameters of one to mean the same in the other, each as a text. */
const TRAITS: Readonly<Record<string, (header: PolicyHeader) => string>> = {
  actor: ({ actor }) => actor.map(({ weight, activation }) => `${weight} (${activation})`).join(", "),
  distribution: ({ distribution }) => Object.values(distribution).join(" with "),
  frameStack: ({ frameStack = 1 }) => String(frameStack),
  rescaleAction: ({ rescaleAction = false }) => String(rescaleAction),
  normalizeObservation: ({ observationNormalizer }) => String(observationNormalizer !== undefined),
};
