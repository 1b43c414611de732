/** What stands in the learner's thread for environments that live in workers: it knows their states, and isn't stepped. */
import { UsageError } from "../../core/errors.js";
import type { EnvironmentSpec, HostedSpec } from "../../envs/spec.js";
import type { EnvironmentKernels } from "../../wasm/kernels.js";
import type { CrewMember } from "./crew.js";

const BATCH_BYTES = 16;

export function standIn({ id, observationSpace, actionSpace, timeLimit }: EnvironmentSpec, crew: readonly CrewMember[]): HostedSpec {
  const sizeOf = ({ block, share }: CrewMember) => block.states.length / share.numEnvs;
  const elsewhere = (): never => {
    throw new UsageError(`the environments of this run are with its workers; only a run with one worker can step or change them here`);
  };
  const kernels: HostedSpec["kernels"] = async ({ memory }): Promise<EnvironmentKernels> => ({
    stateSize: () => sizeOf(crew[0] as CrewMember),
    batchBytes: () => BATCH_BYTES,
    createBatch: () => undefined,
    resetBatch: () => undefined,
    stepBatch: elsewhere,
    getState(_, lane, address) {
      const member = crew.find(({ share: { firstLane, numEnvs } }) => lane < firstLane + numEnvs) as CrewMember;
      const size = sizeOf(member);
      const from = (lane - member.share.firstLane) * size;
      new Float32Array(memory.buffer, address, size).set(member.block.states.subarray(from, from + size));
    },
    setState: elsewhere,
  });
  return { id, observationSpace, actionSpace, timeLimit, kernels };
}
