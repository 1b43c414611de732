/** Every algorithm by its id. A new one takes its file and one line here. */
import { a2c } from "./a2c.js";
import { a3c } from "./a3c.js";
import { actorCritic } from "./actor-critic.js";
import { ddpg } from "./ddpg.js";
import { dqn } from "./dqn.js";
import { fqi } from "./fqi.js";
import { offPolicyPg } from "./importance-sampling.js";
import { npg } from "./npg.js";
import { onlineActorCritic } from "./online-actor-critic.js";
import { policyRelaxation } from "./policy-relaxation.js";
import { ppo } from "./ppo.js";
import { qActorCritic } from "./q-actor-critic.js";
import { reinforce } from "./reinforce.js";
import { sac } from "./sac.js";
import { sacV } from "./sac-v.js";
import { expectedSarsa } from "./tabular/expected-sarsa.js";
import { lambdaReturn } from "./tabular/lambda-return.js";
import { nStepSarsa } from "./tabular/n-step-sarsa.js";
import { policyEvaluation } from "./tabular/policy-evaluation.js";
import { policyIteration } from "./tabular/policy-iteration.js";
import { qLearning } from "./tabular/q-learning.js";
import { sarsa } from "./tabular/sarsa.js";
import { sarsaLambda } from "./tabular/sarsa-lambda.js";
import { softPolicyIteration } from "./tabular/soft-policy-iteration.js";
import { softQLearning } from "./tabular/soft-q-learning.js";
import { td } from "./tabular/td.js";
import { tdLambda } from "./tabular/td-lambda.js";
import { valueIteration } from "./tabular/value-iteration.js";
import { td3 } from "./td3.js";
import { trpo } from "./trpo.js";
import { vpg } from "./vpg.js";

/** Every algorithm by its id. */
export const algorithms = {
  // policy gradients
  reinforce,
  vpg,
  "actor-critic": actorCritic,
  "online-actor-critic": onlineActorCritic,
  "q-actor-critic": qActorCritic,
  a2c,
  a3c,
  // importance sampling
  "off-policy-pg": offPolicyPg,
  "policy-relaxation": policyRelaxation,
  // natural gradients, trust regions
  npg,
  trpo,
  ppo,
  // deep Q-learning
  dqn,
  fqi,
  // off-policy actor-critics
  ddpg,
  td3,
  sac,
  "sac-v": sacV,
  // tabular, exact
  "value-iteration": valueIteration,
  "policy-iteration": policyIteration,
  "policy-evaluation": policyEvaluation,
  "soft-policy-iteration": softPolicyIteration,
  // tabular, sampled
  td,
  "td-lambda": tdLambda,
  sarsa,
  "expected-sarsa": expectedSarsa,
  "n-step-sarsa": nStepSarsa,
  "sarsa-lambda": sarsaLambda,
  "lambda-return": lambdaReturn,
  "q-learning": qLearning,
  "soft-q-learning": softQLearning,
};

/** The id of an algorithm: "ppo". */
export type AlgorithmId = keyof typeof algorithms;
