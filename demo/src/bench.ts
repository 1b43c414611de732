/** Training, watched: the buttons, the figures, the curves, the lanes and the stage of parts/bench.html. */
import { Curves } from "./curves.js";
import { button, element, say } from "./element.js";
import { acceptFiles, download } from "./files.js";
import { Lanes } from "./lanes.js";
import type { EnvironmentSpec, Metrics, Policy, TrainOptions } from "./lanewise.js";
import { Session, type SessionState } from "./session.js";
import { Stage } from "./stage.js";
import type { View } from "./views/index.js";

export interface Task {
  readonly options: TrainOptions;
  readonly spec: EnvironmentSpec;
  readonly threshold: number | undefined;
  readonly view: View;
}

export interface BenchSource {
  /** What is to be trained; nothing if that has mistakes, which the source then tells itself. */
  readonly task: () => Promise<Task | undefined>;
  /** The environment of a policy that was loaded. */
  readonly specOf: (policy: Policy) => { readonly spec: EnvironmentSpec; readonly view: View };
}

const NAMES: Readonly<Record<SessionState, string>> = {
  idle: "Ready.",
  starting: "Starting TensorFlow.js …",
  running: "Training.",
  paused: "Paused.",
  finished: "Trained. The policy plays on the stage.",
};

const HINTS = {
  policy: "each an environment of its own, played by the latest policy",
  run: "the run's own environments, as its iterations leave them",
} as const;

export class Bench {
  readonly lanes = new Lanes(element("lanes", HTMLCanvasElement), {
    onLanes(whose, count) {
      write(
        "lanes-title",
        `${count.toLocaleString("en")} ${count === 1 ? "lane" : "lanes"} ${whose === "run" ? "in training" : "at once"}`,
      );
      write("lanes-hint", HINTS[whose]);
    },
  });
  readonly stage = new Stage(element("stage", HTMLCanvasElement), {
    onEpisode: ({ steps, reward }) => write("episode", `step ${steps}, return ${reward.toFixed(1)}`),
    onView: ({ push, drag }) => {
      for (const id of ["push-left", "push-right"]) button(id).disabled = !push;
      element("drag-hint", HTMLElement).hidden = !drag;
    },
  });
  readonly #curves = new Curves(element("returns", HTMLElement), element("losses", HTMLElement));
  readonly #session = new Session({
    onState: (state) => this.#enter(state),
    onMetrics: (metrics) => this.#report(metrics),
    onPolicy: (policy) => this.#act(policy),
    onLanes: (lanes) => this.lanes.stand(lanes),
    onFailure: (reason) => say(reason.message, true),
  });
  #policy: Policy | undefined;

  constructor(readonly source: BenchSource) {
    button("train").addEventListener("click", () => this.train());
    button("pause").addEventListener("click", () => this.#pauseOrResume());
    button("step").addEventListener("click", () => this.#session.step());
    button("reset").addEventListener("click", () => this.reset());
    button("play").addEventListener("click", () => this.#play(!this.stage.isPlaying));
    button("restart").addEventListener("click", () => this.stage.restart());
    button("push-left").addEventListener("click", () => this.stage.push(-1));
    button("push-right").addEventListener("click", () => this.stage.push(1));
    button("download").addEventListener("click", () => this.#policy && download(this.#policy));
    acceptFiles(
      element("load", HTMLInputElement),
      (policy) => this.load(policy),
      (reason) => say(reason.message, true),
    );
    this.#enter("idle", true);
    requestIdleCallback?.(() => this.#session.warmUp().catch(() => undefined));
  }

  /** Shows an environment, untrained. */
  async show(spec: EnvironmentSpec, view: View): Promise<void> {
    await Promise.all([this.stage.show(spec, view), this.lanes.show(spec, view)]);
    this.#policy = undefined;
    button("download").disabled = true;
    this.#play(true);
  }

  async train(): Promise<void> {
    const task = await this.source.task();
    if (!task) return;
    this.#curves.clear(task.threshold);
    await this.show(task.spec, task.view);
    this.lanes.play();
    await this.#session.start(task.options);
  }

  async reset(): Promise<void> {
    const isOver = this.#session.reset();
    this.#curves.clear(undefined);
    this.lanes.play(false);
    for (const id of ["steps", "rate", "return", "episodes"]) write(id, "–");
    element("progress", HTMLProgressElement).value = 0;
    await isOver;
  }

  /** Plays a policy that was trained elsewhere. */
  async load(policy: Policy): Promise<void> {
    const { spec, view } = this.source.specOf(policy);
    await this.reset();
    await this.show(spec, view);
    this.#act(policy);
    this.lanes.play();
    say(`Plays ${policy.header.algorithm} on ${policy.header.environment}.`);
  }

  #pauseOrResume(): Promise<void> {
    return this.#session.state === "paused" ? this.#session.resume() : this.#session.pause();
  }

  #act(policy: Policy): void {
    this.#policy = policy;
    button("download").disabled = false;
    this.lanes.act(policy);
    this.stage.act(policy);
  }

  #play(isPlaying: boolean): void {
    this.stage.play(isPlaying);
    button("play").textContent = isPlaying ? "Pause play" : "Play";
  }

  #enter(state: SessionState, isFirst = false): void {
    const isOn = state === "running" || state === "paused";
    button("train").disabled = isOn || state === "starting";
    button("pause").disabled = button("step").disabled = !isOn;
    button("pause").textContent = state === "paused" ? "Resume" : "Pause";
    button("reset").disabled = state === "idle";
    document.body.dataset["state"] = state;
    if (!isFirst) say(NAMES[state]);
    if (state === "paused") this.lanes.pause();
    if (state === "running") this.lanes.resume();
    if (state !== "finished") return;
    this.lanes.play();
    this.stage.restart();
  }

  #report(metrics: Metrics): void {
    const { steps, totalSteps, stepsPerSecond, meanReturn, episodes } = metrics;
    this.#curves.add(metrics);
    write("steps", steps.toLocaleString("en"));
    write("rate", Math.round(stepsPerSecond).toLocaleString("en"));
    write("return", Number.isFinite(meanReturn) ? meanReturn.toFixed(1) : "–");
    write("episodes", episodes.toLocaleString("en"));
    element("progress", HTMLProgressElement).value = steps / totalSteps;
  }
}

function write(id: string, text: string): void {
  element(id, HTMLElement).textContent = text;
}
