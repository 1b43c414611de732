/** Answers requests for a policy's actions: POST {"observation": […]} gets {"action": …}, anything else one line that says what was wrong. */

/**
 * The worker of a policy.
 * @param policy what `createPolicy` of an exported policy returned
 */
export function workerOf(policy) {
  // Such a policy remembers what it saw last, which would be another client's observation.
  if (policy.header.frameStack > 1) throw new Error("a policy with a stack of frames needs a memory for each client");
  return {
    async fetch(request) {
      if (request.method !== "POST") return refusal(405, 'send POST {"observation": [numbers]}', { allow: "POST" });
      const body = await request.json().catch(() => undefined);
      const observation = body?.observation;
      if (!Array.isArray(observation) || !observation.every((value) => typeof value === "number"))
        return refusal(400, 'the body must be JSON: {"observation": [numbers]}');
      try {
        const action = policy.act(observation);
        return Response.json({ action: typeof action === "number" ? action : [...action] });
      } catch (error) {
        if (error.name === "UsageError") return refusal(400, error.message);
        throw error;
      }
    },
  };
}

function refusal(status, line, headers = {}) {
  return new Response(`${line}\n`, { status, headers: { "content-type": "text/plain", ...headers } });
}
