/** Plays the policies that a page has in it: the script of `lanewise report`, bundled as dist/web/replay.js. */
import { createPolicy } from "../../dist/deploy/runtime.js";
import { loadEnv } from "../../dist/envs/load.js";
import { tabularKernels } from "../../dist/envs/tabular/kernels.js";
import { type EnvironmentSpec, environments } from "./lanewise.js";
import { LanewisePlayer } from "./player.js";

/** What a place of the page holds as JSON; modules of WebAssembly are in base64. */
interface Held {
  readonly environment: string;
  /** The environment's, or what steps tables. */
  readonly module: string;
  /** As `lanewise export --format wasm` makes them. */
  readonly policies: readonly { readonly title: string; readonly module: string }[];
}

for (const place of document.querySelectorAll<HTMLElement>(".replay")) start(place);

function start(place: HTMLElement): void {
  const find = <T extends Element>(Kind: new () => T, selector: string) => {
    const element = place.querySelector(selector);
    if (element instanceof Kind) return element;
    throw new Error(`the page lacks ${selector}`);
  };
  const { environment, module, policies }: Held = JSON.parse(find(HTMLScriptElement, "script").text);
  const [player, choice] = [find(LanewisePlayer, "lanewise-player"), find(HTMLSelectElement, "select")];
  const spec = specOf(environment, decoded(module));
  const play = async () => {
    const chosen = policies[choice.selectedIndex];
    if (chosen) await player.show(await spec, await createPolicy(await WebAssembly.compile(decoded(chosen.module))), chosen.title);
  };
  choice.addEventListener("change", play);
  play();
}

async function specOf(id: string, module: Uint8Array<ArrayBuffer>): Promise<EnvironmentSpec> {
  const known = Object.values(environments).find((spec) => spec.id === id);
  if (!known) return loadEnv(module);
  const compiled = await WebAssembly.compile(module);
  return "table" in known
    ? { ...known, kernels: tabularKernels(known.table as Parameters<typeof tabularKernels>[0], compiled) }
    : ({ ...known, module: compiled } as EnvironmentSpec);
}

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
