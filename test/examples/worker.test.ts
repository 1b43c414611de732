/** examples/worker in each host that it names. */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { box } from "../../src/core/spaces.js";
import { exportPolicy } from "../../src/deploy/export.js";
import type { Policy } from "../../src/policy/policy.js";
import { cartPolePolicy, samplePolicy } from "../deploy/samples.js";
import { HOSTS } from "../hosts/hosts.js";
import { type Service, startService } from "../hosts/programs.js";
import { startWorkerd } from "../hosts/workerd.js";
import { noise } from "../policy/samples.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let policy: Policy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lanewise-worker-"));
  await cp(fileURLToPath(new URL("../../examples/worker", import.meta.url)), folder, { recursive: true });
  policy = await cartPolePolicy();
  const { files } = await exportPolicy(policy, "wasm");
  await rm(join(folder, "policy"), { recursive: true, force: true });
  await mkdir(join(folder, "policy"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  for (const [name, bytes] of files) await writeFile(join(folder, "policy", name), bytes);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const env = { ...process.env, PORT: "0" };
const port = (line: string) => /http:\/\/\S*?:(\d+)/.exec(line)?.[1];

/** How each host serves it. */
const SERVERS: Readonly<Record<string, (program: string) => Promise<Service>>> = {
  Node: (program) => startService(program, ["node.js"], { cwd: folder, env, port }),
  "Node 22": (program) => startService(program, ["node.js"], { cwd: folder, env, port }),
  Deno: (program) => startService(program, ["serve", "--allow-read", "--port", "0", "server.js"], { cwd: folder, env, port }),
  Bun: (program) => startService(program, ["server.js"], { cwd: folder, env, port }),
  workerd: (program) => startWorkerd(program, join(folder, "worker.capnp")),
};

const bodyOf = (observation: unknown) => JSON.stringify({ observation });
const WRONG_FORM = 'the body must be JSON: {"observation": [numbers]}\n';

describe.each(HOSTS.filter(({ name }) => SERVERS[name]))("the worker in $name", ({ name, program, remedy }) => {
  let service: Service;
  const absence = program === undefined;
  beforeAll(async () => {
    if (program !== undefined) service = (await SERVERS[name]?.(program)) as Service;
  });
  afterAll(() => service?.close());

  const send = (body: string | null, method = "POST") => fetch(service.origin, { method, body });

  it.skipIf(absence)(`acts as the policy does (needs ${name}: ${remedy})`, async () => {
    const actions = new Set<unknown>();
    for (let i = 1; i <= 8; i++) {
      const observation = Array.from(noise(4, i * 1e8), (value) => 5 * value);
      const response = await send(bodyOf(observation));
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ action: policy.act(observation) });
      actions.add(policy.act(observation));
    }
    expect(actions.size).toBe(2);
  });

  it.skipIf(absence).each([
    ["", WRONG_FORM],
    ["{", WRONG_FORM],
    ["null", WRONG_FORM],
    ["[1,2,3,4]", WRONG_FORM],
    [bodyOf("1234"), WRONG_FORM],
    [bodyOf({ length: 4 }), WRONG_FORM],
    [bodyOf([1, 2, "3", 4]), WRONG_FORM],
    [bodyOf([1, 2, null, 4]), WRONG_FORM],
    [bodyOf([1, 2, 3]), "the observation has 3 numbers, wanted 4; actBatch takes several\n"],
    ['{"observation":[1,2,1e999,4]}', "number 2 of the observations is Infinity, not a finite float32\n"],
  ])("answers %s with status 400 and one line", async (body, line) => {
    const response = await send(body);
    expect([response.status, await response.text()]).toEqual([400, line]);
  });

  it.skipIf(absence)("takes no other method than POST", async () => {
    const response = await send(null, "GET");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await response.text()).toMatch(/^send POST .*\n$/);
  });
});

describe("the handler", async () => {
  const { workerOf } = (await import(new URL("../../examples/worker/handler.js", import.meta.url).href)) as {
    workerOf(policy: Pick<Policy, "act" | "header">): { fetch(request: Request): Promise<Response> };
  };
  const spaces = { observationSpace: box([-1, -1], [1, 1]), actionSpace: box([-2, -1], [2, 1]) };

  it("answers with vectors where actions are vectors", async () => {
    const vectors = await samplePolicy({ ...spaces, distribution: { kind: "deterministic" } });
    const request = new Request("http://localhost", { method: "POST", body: bodyOf([0.5, -0.25]) });
    const { action } = await (await workerOf(vectors).fetch(request)).json();
    expect(action).toEqual([...(vectors.act([0.5, -0.25]) as Float32Array)]);
    expect(action).toHaveLength(2);
  });

  it("refuses a policy that remembers frames, since clients would share its memory", async () => {
    const remembering = await samplePolicy({ ...spaces, distribution: { kind: "deterministic" }, frameStack: 3 });
    expect(() => workerOf(remembering)).toThrow("a memory for each client");
  });
});
