/** The page in which one writes an environment's physics, compiles it, and trains on it. */
import { javascript } from "@codemirror/lang-javascript";
import { basicSetup, EditorView } from "codemirror";
import puck from "../../assembly/template.ts?raw";
import { Bench } from "./bench.js";
import { button, element, say } from "./element.js";
import type { TrainOptions } from "./lanewise.js";
import cartPole from "./samples/cartpole.txt?raw";
import { theme } from "./theme.js";
import { bars, viewOf } from "./views/index.js";

const SAMPLES: Readonly<Record<string, string>> = { cartpole: cartPole, puck };

/** One line of what the compiler found. */
interface Mistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const sample = element("sample", HTMLSelectElement);
const mistakes = element("mistakes", HTMLElement);
const editor = new EditorView({
  parent: element("editor", HTMLElement),
  doc: SAMPLES[sample.value] ?? puck,
  extensions: [basicSetup, javascript({ typescript: true }), theme, EditorView.contentAttributes.of({ "aria-label": "Physics" })],
});

sample.addEventListener("change", () => {
  editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: SAMPLES[sample.value] ?? "" } });
  mistakes.replaceChildren();
});

/** Compiles what the editor holds; tells its mistakes. */
async function compile() {
  say("Compiling …");
  mistakes.replaceChildren();
  const { BuildError, buildEnvironment } = await import("../../dist/build/index.js");
  try {
    const { binary, spec } = await buildEnvironment(editor.state.doc.toString(), { file: "physics.ts" });
    say(`Compiled ${spec.id}: ${(binary.length / 1024).toFixed(1)} KiB of WebAssembly.`);
    return spec;
  } catch (reason) {
    say(reason instanceof BuildError ? "The physics has mistakes." : (reason as Error).message, true);
    if (reason instanceof BuildError) mistakes.replaceChildren(...reason.diagnostics.map(complaint));
    return undefined;
  }
}

/** A mistake, which leads to its place. */
function complaint({ line, column, message }: Mistake): HTMLElement {
  const link = Object.assign(document.createElement("button"), { type: "button", textContent: `${line}:${column} ${message}` });
  link.addEventListener("click", () => {
    const { doc } = editor.state;
    const anchor = doc.line(Math.min(Math.max(line, 1), doc.lines)).from + Math.max(column - 1, 0);
    editor.dispatch({ selection: { anchor: Math.min(anchor, doc.length) }, scrollIntoView: true });
    editor.focus();
  });
  const item = document.createElement("li");
  item.append(link);
  return item;
}

/** A drawing knows its own environment's state; of anything else, bars. */
function viewFor(id: string, size: number) {
  return size === 4 ? viewOf(id) : bars;
}

async function task() {
  const spec = await compile();
  if (!spec) return undefined;
  const size = spec.observationSpace.kind === "box" ? spec.observationSpace.low.length : 1;
  const totalSteps = element("total-steps", HTMLInputElement).value;
  const options = { algo: "ppo", env: spec, totalSteps } as unknown as TrainOptions; // the package reads texts too
  return { options, spec, threshold: spec.rewardThreshold, view: viewFor(spec.id, size) };
}

const bench = new Bench({
  task,
  specOf() {
    throw new Error("policies of this page's environments are loaded on the first page");
  },
});

say("Compile it, or train on it, to see it on the stage.");
button("compile").addEventListener("click", async () => {
  const compiled = await task();
  if (compiled) await bench.show(compiled.spec, compiled.view);
});
