/** Policies that play in a page: each group's best, exported with all that it needs, beside the compiled environment. */
import { readFileSync } from "node:fs";
import { readSource } from "../../core/source.js";
import { exportPolicy } from "../../deploy/export.js";
import { environments } from "../../envs/registry.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import { loadPolicy } from "../../policy/policy.js";
import { MODULES } from "../../wasm/kernels.js";
import { locate } from "../../wasm/modules.js";
import { type Html, html, inScript } from "./html.js";
import type { RecordedRun, RunGroup } from "./recorded.js";
import { bestOf } from "./tables.js";

/** What `npm run build` makes of demo/src/replay.ts. */
const PLAYER = new URL("../../../dist/web/replay.js", import.meta.url);

/** Undefined where no run left a policy, or where the environment's steps aren't WebAssembly. */
export async function replayOf(env: string, groups: readonly RunGroup[]): Promise<Html | undefined> {
  const playing = groups.flatMap((group) => {
    const runs = group.runs.filter((run) => run.file("policy") !== undefined);
    return runs.length > 0 ? [{ name: group.name, run: bestOf(runs) }] : [];
  });
  const [first] = playing;
  const module = first && (await moduleOf(env, first.run));
  if (!module) return undefined;
  const titles = playing.map(({ name, run }) => `${name}, seed ${run.config.seed}`);
  const policies = await Promise.all(playing.map(async ({ run }, i) => ({ title: titles[i], module: base64(await policyModule(run)) })));
  return html`<div class="replay"><label>Policy <select>${titles.map((title) => html`<option>${title}</option>`)}</select></label>
<lanewise-player></lanewise-player><noscript>A replay needs JavaScript.</noscript>
<script type="application/json">${inScript(JSON.stringify({ environment: env, module: base64(module), policies }))}</script></div>`;
}

/** What plays every {@link replayOf} of a page. */
export async function replayScript(): Promise<Html> {
  return html`<script>${inScript(new TextDecoder().decode(await readSource(PLAYER, "player of replays")))}</script>`;
}

/** A module of WebAssembly with the policy inside. */
async function policyModule(run: RecordedRun): Promise<Uint8Array> {
  const { files } = await exportPolicy(await loadPolicy(run.file("policy") as string), "wasm");
  return files.get("policy.wasm") as Uint8Array;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** The WebAssembly of an environment: its own, or what steps tables. */
async function moduleOf(env: string, run: RecordedRun): Promise<Uint8Array | undefined> {
  const own = run.file("environment");
  if (own !== undefined) return readFileSync(own);
  const spec: EnvironmentSpec | undefined = Object.hasOwn(environments, env) ? Reflect.get(environments, env) : undefined;
  const module = spec && ("table" in spec ? MODULES.tabular : "module" in spec ? spec.module : undefined);
  return module instanceof URL ? readSource(locate(module), "environment") : undefined;
}
