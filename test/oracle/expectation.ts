/** Expectations under a policy in float64: sums over its actions, or over a few points that stand for them. */
import type { Space } from "../../src/core/spaces.js";
import { distribution64, type Weights } from "./losses.js";
import { logDensity64 } from "./network.js";

interface WeightedAction {
  readonly action: number[];
  readonly weight: number;
}

/** Gauss & Hermite's three points: exact for polynomials of standard normals up to degree 5. */
const NODES = [-1, 0, 1].map((side) => ({ noise: side * Math.sqrt(3), weight: side === 0 ? 2 / 3 : 1 / 6 }));

type Distribution64 = ReturnType<typeof distribution64>;

/** Actions and weights over which E[f(action)] is exact: for any f of indices, for polynomials of degree 5 of vectors. */
export function actionsUnder(policy: Distribution64): WeightedAction[] {
  if (policy.kind === "categorical") return policy.logProbs.map((logProb, i) => ({ action: [i], weight: Math.exp(logProb) }));
  const along = ({ action, weight }: WeightedAction, mean: number, logStd: number) =>
    NODES.map((node) => ({ action: [...action, mean + Math.exp(logStd) * node.noise], weight: weight * node.weight }));
  return policy.mean.reduce<WeightedAction[]>(
    (all, mean, i) => all.flatMap((one) => along(one, mean, policy.logStd[i] as number)),
    [{ action: [], weight: 1 }],
  );
}

function logProb64(policy: Distribution64, action: readonly number[]): number {
  if (policy.kind === "categorical") return policy.logProbs[action[0] as number] as number;
  const noise = action.map((a, i) => (a - (policy.mean[i] as number)) / Math.exp(policy.logStd[i] as number));
  return logDensity64(noise, policy.logStd);
}

/** KL(old ‖ new) = E_old[ln old − ln new] in one state, in nats; ln π is a polynomial of degree 2. */
export function kl64(old: Weights, now: Weights, observation: readonly number[], space: Space): number {
  const [before, after] = [distribution64(old, observation, space), distribution64(now, observation, space)];
  const terms = actionsUnder(before).map(({ action, weight }) => weight * (logProb64(before, action) - logProb64(after, action)));
  return terms.reduce((sum, term) => sum + term, 0);
}
