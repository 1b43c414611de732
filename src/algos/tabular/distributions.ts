/** Probabilities of actions `[A]` in one state, in float64. */
import { exp, log } from "../../core/elementary.js";

/** The largest of some values. */
export function largest(values: Float64Array): number {
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  return most;
}

/** π(a) = ε/A, and what is left of 1 shared among the greedy actions (Sutton & Barto 2018, section 5.4). */
export function epsilonGreedy(probabilities: Float64Array, values: Float64Array, epsilon: number): void {
  const best = largest(values);
  let ties = 0;
  for (const value of values) ties += Number(value === best);
  const [each, share] = [epsilon / values.length, (1 - epsilon) / ties];
  for (let action = 0; action < values.length; action++) probabilities[action] = values[action] === best ? each + share : each;
}

/** ln π(a) = value/τ − ln Σ e^(value/τ) (Sutton & Barto 2018, eq. 13.2 with preferences value/τ), τ > 0 */
export function logSoftmax(logProbabilities: Float64Array, values: Float64Array, temperature: number): void {
  const soft = softMaximum(values, temperature);
  for (let action = 0; action < values.length; action++) logProbabilities[action] = ((values[action] as number) - soft) / temperature;
}

/** π(a) = e^(value/τ) / Σ e^(value/τ); its limit, greedy, at τ = 0. */
export function softmax(probabilities: Float64Array, values: Float64Array, temperature: number): void {
  if (temperature === 0) {
    epsilonGreedy(probabilities, values, 0);
    return;
  }
  logSoftmax(probabilities, values, temperature);
  for (let action = 0; action < values.length; action++) probabilities[action] = exp(probabilities[action] as number);
}

/** τ·ln Σ e^(value/τ): the largest value, and more the more others come near it. */
export function softMaximum(values: Float64Array, temperature: number): number {
  const best = largest(values);
  let total = 0;
  for (const value of values) total += exp((value - best) / temperature);
  return best + temperature * log(total);
}

/** Σ π(a)·value(a) */
export function expectation(probabilities: Float64Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (probabilities[i] as number) * (values[i] as number);
  return sum;
}

/** Σ π(a)[value(a) − α ln π(a)] */
export function softExpectation(logProbabilities: Float64Array, values: Float64Array, temperature: number): number {
  let sum = 0;
  for (let action = 0; action < values.length; action++) {
    const logProbability = logProbabilities[action] as number;
    sum += exp(logProbability) * ((values[action] as number) - temperature * logProbability);
  }
  return sum;
}

/** The action in whose part of [0, 1) a number lies. */
export function draw(probabilities: Float64Array, unit: number): number {
  let [rest, last] = [unit, 0];
  for (let action = 0; action < probabilities.length; action++) {
    const probability = probabilities[action] as number;
    if (probability === 0) continue;
    if (rest < probability) return action;
    rest -= probability;
    last = action;
  }
  return last; // roundings left a little of the interval to nobody
}
