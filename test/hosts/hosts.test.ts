/** One seed, the same bytes on every host: training, playing, and acting with exported policies. `npm run hosts` records it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { weightsSha256 } from "../../src/policy/encode.js";
import { decodePolicy } from "../../src/policy/format.js";
import { HOSTS, type Host, type HostKind, type Task, versionOf } from "./hosts.js";
import { type HostRecord, record, recorded, tableInReadme, tableOf } from "./matrix.js";
import { writeSite } from "./site.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** What 20,000 steps bring a policy to at least; a random one gets 22. Measured: 423. */
const LEARNED = 200;

interface Trained {
  readonly file: readonly number[];
  readonly returns: readonly number[];
}
/** By policy and form. */
type Acted = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

let folder: string;
/** What all are held against; what it did counts for it as a host, too. */
let node: Host;
let reference: { readonly trained: Trained; readonly acted: Acted; readonly shared: string };
const records: HostRecord[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lanewise-hosts-"));
  await writeSite(folder);
  const { open, program } = HOSTS[0] as HostKind;
  node = remembering(await open(String(program), folder));
  reference = {
    trained: JSON.parse(await node.run("train")),
    acted: JSON.parse(await node.run("act")),
    shared: JSON.parse(await node.run("share")).alone,
  };
});

afterAll(async () => {
  if (isRecording) record(records);
  await rm(folder, { recursive: true, force: true });
});

/** Does every task once. */
function remembering(host: Host): Host {
  const done = new Map<Task, Promise<string>>();
  return {
    ...host,
    run(task) {
      const outcome = done.get(task) ?? host.run(task);
      done.set(task, outcome);
      return outcome;
    },
  };
}

/** As `npm run hosts` does. */
const isRecording = process.env["MODE"] === "record";
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(HOSTS)("$name", ({ name, program, remedy, trainsNot, shares, open }) => {
  const absence = program === undefined ? `${name} is not installed: ${remedy}` : undefined;
  let host: Host | undefined;
  let entry: HostRecord;
  beforeAll(async () => {
    entry = { name, version: program === undefined ? undefined : await versionOf(program), absence, trainsNot };
    records.push(entry);
    if (program !== undefined) host = name === "Node" ? node : await open(program, folder);
  });
  afterAll(() => host?.close());

  it.skipIf(name === "Firefox" || !process.env["CI"])("is there where everything is tested", () => {
    expect(absence).toBeUndefined();
  });

  it("trains Node's weights, byte for byte, and plays as well", async ({ skip }) => {
    if (absence ?? trainsNot) return skip(absence ?? `${name} ${trainsNot}`);
    const { file, returns } = JSON.parse(await (host as Host).run("train")) as Trained;
    const { tensors } = await decodePolicy(Uint8Array.from(file));
    entry.trained = { weights: await weightsSha256(tensors), meanReturn: mean(returns) };
    expect(mean(returns)).toBeGreaterThan(LEARNED);
    // Node is its own reference: the record says what it came to before, on some other machine.
    if (!isRecording) expect(entry.trained.weights).toBe(recorded().find((known) => known.name === name)?.trained?.weights);
    expect(returns).toEqual(reference.trained.returns);
    expect(Buffer.from(file).equals(Buffer.from(reference.trained.file))).toBe(true);
  });

  it.skipIf(!shares)("trains the same with workers as without", async ({ skip }) => {
    if (absence) return skip(absence);
    const { alone, ...others } = JSON.parse(await (host as Host).run("share")) as Record<string, string>;
    expect(alone).toBe(reference.shared);
    expect(others).toEqual({ inWorker: alone, updates: alone, lanes: alone });
  });

  it("acts as Node does with every form of a policy that it can load", async ({ skip }) => {
    if (absence) return skip(absence);
    const acted = JSON.parse(await (host as Host).run("act")) as Acted;
    const forms = trainsNot ? ["policy", "wasm"] : ["policy", "js", "wasm"];
    entry.forms = forms;
    expect(Object.keys(acted)).toEqual(["CartPole-v1", "Pendulum-v1"]);
    for (const [policy, byForm] of Object.entries(acted)) {
      expect(Object.keys(byForm)).toEqual(forms);
      for (const actions of Object.values(byForm)) expect(actions).toEqual(reference.acted[policy]?.["policy"]);
    }
  });
});

it.skipIf(isRecording)("the README's table is the record's, of the same weights on every host", () => {
  expect(tableInReadme()).toBe(tableOf(recorded()));
  expect(recorded().map(({ name }) => name)).toEqual(HOSTS.map(({ name }) => name));
  expect(new Set(recorded().flatMap(({ trained }) => trained?.weights ?? [])).size).toBe(1);
});
