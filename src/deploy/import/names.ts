/** What other libraries call the parts of their networks in a state_dict. */

/** What a dense layer or a single tensor is to a policy. */
export type Part =
  /** Of the hidden layers, or of the whole chain. */
  | "actor"
  /** The actor's last layer. */
  | "actorHead"
  /** ln σ as a last layer beside the means. */
  | "logStdHead"
  | "critic"
  | "criticHead"
  /** ln σ of each component of the action, the same in every state. */
  | "logStd"
  /** What ±1 becomes: action · scale + bias. */
  | "actionScale"
  | "actionBias"
  /** Nothing: what is only learned with. */
  | "none";

/** By the name without its ".weight" or ".bias". */
const PARTS: readonly (readonly [name: RegExp, part: Part])[] = [
  // Stable-Baselines3: PPO and A2C; DQN; TD3 and DDPG; SAC
  [/^mlp_extractor\.policy_net\.\d+$/, "actor"],
  [/^action_net$/, "actorHead"],
  [/^mlp_extractor\.value_net\.\d+$/, "critic"],
  [/^value_net$/, "criticHead"],
  [/^q_net\.q_net\.\d+$/, "actor"],
  [/^q_net_target\./, "none"],
  [/^actor\.mu\.\d+$/, "actor"],
  [/^actor\.latent_pi\.\d+$/, "actor"],
  [/^actor\.mu$/, "actorHead"],
  [/^actor\.log_std$/, "logStdHead"],
  [/^(actor_target|critic_target)\./, "none"],
  [/^critic\.qf\d+\./, "none"],
  // CleanRL: PPO; DQN; DDPG and TD3, or SAC without its ln σ, which it bounds by a tanh of its own
  [/^actor(_mean)?\.\d+$/, "actor"],
  [/^critic\.\d+$/, "critic"],
  [/^network\.\d+$/, "actor"],
  [/^fc\d+$/, "actor"],
  [/^fc_(mu|mean)$/, "actorHead"],
  [/^fc_logstd$/, "none"],
  [/^action_scale$/, "actionScale"],
  [/^action_bias$/, "actionBias"],
  // Any
  [/^(actor_)?log_?std$/, "logStd"],
];

/** The part of each name. Layers of which none is known are a plain chain, if their names differ in one number only. */
export function partsOf(names: readonly string[]): { readonly parts: ReadonlyMap<string, Part>; readonly unknown: readonly string[] } {
  const parts = new Map(names.flatMap(partOf));
  const unknown = names.filter((name) => !parts.has(name));
  if ([...parts.values()].some((part) => part !== "logStd") || !isPlainChain(unknown)) return { parts, unknown };
  return { parts: new Map([...parts, ...unknown.map((name) => [name, "actor"] as const)]), unknown: [] };
}

function partOf(name: string): [string, Part][] {
  const found = PARTS.find(([pattern]) => pattern.test(name));
  return found ? [[name, found[1]]] : [];
}

function isPlainChain(names: readonly string[]): boolean {
  return names.every((name) => /\d/.test(name)) && new Set(names.map((name) => name.replace(/\d+(?!.*\d)/, "#"))).size === 1;
}

/** By the numbers in the names, then by the names. */
export function inOrder(names: readonly string[]): string[] {
  const last = (name: string) => Number(/\d+(?!.*\d)/.exec(name)?.[0] ?? 0);
  return names.toSorted((a, b) => last(a) - last(b) || (a < b ? -1 : 1));
}
