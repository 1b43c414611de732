/** The page in which one writes an environment's physics, compiles it, and trains on it. */
import { javascript } from "@codemirror/lang-javascript";
import { basicSetup, EditorView } from "codemirror";
import puck from "../../assembly/template.ts?raw";
import { Bench } from "./bench.js";
import { compile, type Mistake } from "./compiler.js";
import { button, element, say } from "./element.js";
import type { EnvironmentSpec, TrainOptions } from "./lanewise.js";
import cartPole from "./samples/cartpole.txt?raw";
import { theme } from "./theme.js";
import { bars, viewOf } from "./views/index.js";

const SAMPLES: Readonly<Record<string, string>> = { cartpole: cartPole, puck };

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

/** Compiles what the editor holds; tells its mistakes. Nothing while it is at it already. */
async function compiled(): Promise<EnvironmentSpec | undefined> {
  if (button("compile").disabled) return undefined;
  show(true);
  mistakes.replaceChildren();
  try {
    const found = await compile(editor.state.doc.toString());
    if ("spec" in found) {
      say(`Compiled ${found.spec.id}: ${(found.bytes / 1024).toFixed(1)} KiB of WebAssembly.`);
      return found.spec;
    }
    say(found.mistakes.length > 0 ? "The physics has mistakes." : found.message, true);
    mistakes.replaceChildren(...found.mistakes.map(complaint));
  } catch (reason) {
    say((reason as Error).message, true);
  } finally {
    show(false);
  }
  return undefined;
}

/** Whether the compiler is at work. */
function show(isCompiling: boolean): void {
  const progress = element("progress", HTMLProgressElement);
  if (isCompiling) {
    say("Compiling …");
    progress.removeAttribute("value"); // moves, without an end in sight
  } else progress.value = 0;
  button("compile").disabled = isCompiling;
  button("compile").textContent = isCompiling ? "Compiling …" : "Compile";
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
  const spec = await compiled();
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
  const made = await task();
  if (made) await bench.show(made.spec, made.view);
});
