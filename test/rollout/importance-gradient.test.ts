/** Gradients made of importance-weighted advantages, in expectation, against exact ones on a tree whose trajectories are all known. */
import { expect, it } from "vitest";
import type { WeightForm } from "../../src/rollout/importance.js";
import { randomNormals } from "../oracle/random.js";
import { at, caseOf, estimate, weigh, weighPerDecision } from "./importance-setup.js";

/** Gradients near 1, of sums over all trajectories in float64 whose terms come from float32. Measured: 6.4e-8. */
const GRADIENT_TOLERANCE = 1e-6;

/** Steps of an episode, and actions in each. A state is the list of actions that led to it; rewards are of state and action. */
const STEPS = 3;
const ACTIONS = 2;
const STATES = (ACTIONS ** STEPS - 1) / (ACTIONS - 1);
const TRAJECTORIES = ACTIONS ** STEPS;

/** A number for each state and action: rewards, or logits, of which a policy is the softmax. */
type Table = readonly (readonly number[])[];

const normal = randomNormals(17);
const randomTable = (): Table => Array.from({ length: STATES }, () => Array.from({ length: ACTIONS }, () => 0.7 * normal()));
const [target, behaviour, reward] = [randomTable(), randomTable(), randomTable()];
const value = Array.from({ length: STATES }, normal);

interface Step {
  readonly state: number;
  readonly action: number;
}

const trajectories = Array.from({ length: TRAJECTORIES }, (_, index): Step[] => {
  let state = 0;
  return Array.from({ length: STEPS }, (_, t) => {
    const action = Math.floor(index / ACTIONS ** t) % ACTIONS;
    const step = { state, action };
    state = ACTIONS * state + 1 + action;
    return step;
  });
});

const entry = (table: Table, { state, action }: Step) => table[state]?.[action] as number;

function probability(logits: Table, step: Step): number {
  const total = (logits[step.state] as readonly number[]).reduce((sum, logit) => sum + Math.exp(logit), 0);
  return Math.exp(entry(logits, step)) / total;
}

const likelihood = (logits: Table, steps: readonly Step[]) => steps.reduce((product, step) => product * probability(logits, step), 1);

/** J = E[Σ r] under a policy. */
function performance(logits: Table): number {
  const returnOf = (steps: readonly Step[]) => steps.reduce((sum, step) => sum + entry(reward, step), 0);
  return trajectories.reduce((sum, steps) => sum + likelihood(logits, steps) * returnOf(steps), 0);
}

/** ∂J/∂logit `[S·A]` at the target, by central differences. */
const exact = target.flatMap((row, state) =>
  row.map((_, action) => {
    const moved = (by: number) => target.map((r, s) => r.map((logit, a) => logit + (s === state && a === action ? by : 0)));
    return (performance(moved(1e-5)) - performance(moved(-1e-5))) / 2e-5;
  }),
);

/** A rollout with every trajectory in it twice, one after the other in each lane, where `actor` has acted. */
async function everything(actor: Table) {
  const rollout = await caseOf(2 * STEPS, TRAJECTORIES, {});
  const steps = Array.from({ length: 2 * STEPS }, (_, t) =>
    Array.from({ length: TRAJECTORIES }, (_, lane) => {
      const index = t < STEPS ? lane : (5 * lane + 2) % TRAJECTORIES; // another order: 5 and 8 have no common factor
      const trajectory = trajectories[index] as Step[];
      return { ...(trajectory[t % STEPS] as Step), share: likelihood(actor, trajectory) / 2 };
    }),
  ).flat();
  const { logRatio, terminated } = rollout.columns;
  logRatio.data.set(steps.map((step) => Math.log(probability(target, step) / probability(actor, step))));
  rollout.columns.reward.data.set(steps.map((step) => entry(reward, step)));
  rollout.columns.value.data.set(steps.map(({ state }) => value[state] as number));
  terminated.data.set(steps.map((_, i) => Number(Math.floor(i / TRAJECTORIES) % STEPS === STEPS - 1)));
  return { rollout, steps };
}

/** E_b[Σ_t weighted_t ∂ ln π(a_t|s_t) / ∂logit] `[S·A]` */
async function expectedGradient(form: WeightForm, actor: Table): Promise<number[]> {
  const { rollout, steps } = await everything(actor);
  const { columns, kernels, lanes } = rollout;
  weigh(rollout, form);
  estimate(rollout, 1, 1);
  if (form === "causal") weighPerDecision(rollout, 1, 1);
  else kernels.weightAdvantages(columns.advantage.address, columns.weight.address, columns.plain.address, rollout.steps, lanes);
  return target.flatMap((row, state) =>
    row.map((_, action) =>
      steps.reduce((sum, step, i) => {
        if (step.state !== state) return sum;
        const score = Number(step.action === action) - probability(target, { state, action });
        return sum + step.share * at(rollout, "advantage", Math.floor(i / lanes), i % lanes) * score;
      }, 0),
    ),
  );
}

const error = async (form: WeightForm, actor: Table) => {
  const gradient = await expectedGradient(form, actor);
  return Math.max(...gradient.map((x, i) => Math.abs(x - (exact[i] as number))));
};

it.each(["trajectory", "causal"] as const)("the %s form gives the gradient of the target's return, whoever acts", async (form) => {
  expect(Math.max(...exact.map(Math.abs))).toBeGreaterThan(0.1);
  expect(await error(form, behaviour)).toBeLessThan(GRADIENT_TOLERANCE);
  expect(await error(form, target)).toBeLessThan(GRADIENT_TOLERANCE);
});

it("the first-order form does so where the target itself acts, and nearly where something close does", async () => {
  const towards = (part: number) => target.map((row, s) => row.map((x, a) => x + part * (entry(behaviour, { state: s, action: a }) - x)));
  expect(await error("first-order", target)).toBeLessThan(GRADIENT_TOLERANCE);
  const [near, far] = [await error("first-order", towards(0.1)), await error("first-order", behaviour)];
  expect(near).toBeGreaterThan(1e-4); // biased: it leaves states and returns as they are where another acts
  expect(near).toBeLessThan(0.2 * far);
});
