/** One training run after another in a worker, with the lanes and the latest policy of the one at hand. */
import { createTrainer, type LaneColumns, type Metrics, type Policy, type Trainer, type TrainOptions } from "./lanewise.js";

export type SessionState = "idle" | "starting" | "running" | "paused" | "finished";

export interface SessionEvents {
  readonly onState: (state: SessionState) => void;
  readonly onMetrics: (metrics: Metrics) => void;
  readonly onPolicy: (policy: Policy) => void;
  /** The lanes that learn, as they stand between two iterations; with each frame of the screen, where those are as quick. */
  readonly onLanes: (lanes: LaneColumns) => void;
  readonly onFailure: (reason: Error) => void;
}

/** ms between looks at the policy of a run that goes on. */
const LOOK_EVERY = 500;
/** Whether pictures are not to come in quick succession. */
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

export class Session {
  state: SessionState = "idle";
  #trainer: Promise<Trainer> | undefined;
  /** Counts runs, so that a late answer of an earlier one is known as such. */
  #run = 0;

  constructor(readonly events: SessionEvents) {}

  /** Starts the worker, so that training begins at once later on. */
  warmUp(): Promise<Trainer> {
    this.#trainer ??= createTrainer();
    return this.#trainer;
  }

  async start(options: TrainOptions): Promise<void> {
    const run = ++this.#run;
    this.#enter("starting");
    try {
      const trainer = await this.warmUp();
      await trainer.start(options);
      if (run !== this.#run) return;
      this.#enter("running");
      this.#look(trainer, run);
      this.#watch(trainer, run);
      for (let metrics = await trainer.next(); metrics; metrics = await trainer.next()) {
        if (run !== this.#run) return;
        this.events.onMetrics(metrics);
      }
      if (run !== this.#run) return;
      this.#enter("finished");
      this.events.onPolicy(await trainer.policy());
    } catch (reason) {
      if (run !== this.#run) return;
      this.#enter("idle");
      this.events.onFailure(reason as Error);
    }
  }

  async pause(): Promise<void> {
    this.#enter("paused");
    await (await this.warmUp()).pause();
  }

  async resume(): Promise<void> {
    this.#enter("running");
    await (await this.warmUp()).resume();
  }

  /** One iteration, and a halt. */
  async step(): Promise<void> {
    const trainer = await this.warmUp();
    this.#enter("paused");
    await trainer.resume();
    await trainer.pause();
    this.events.onPolicy(await trainer.policy());
    await this.#showLanes(trainer, this.#run);
  }

  /** Ends the run and forgets it. */
  async reset(): Promise<void> {
    this.#run++;
    this.#enter("idle");
    await (await this.#trainer)?.stop();
  }

  /** Fetches the policy now and then. */
  async #look(trainer: Trainer, run: number): Promise<void> {
    while (this.#isOn(run)) {
      await rest(LOOK_EVERY);
      if (this.state !== "running") continue;
      const policy = await trainer.policy().catch(() => undefined); // before the first iteration there is none
      if (policy && this.#isOn(run)) this.events.onPolicy(policy);
    }
  }

  /** Has the lanes handed over, frame by frame while the page is seen. */
  async #watch(trainer: Trainer, run: number): Promise<void> {
    while (this.#isOn(run)) {
      await (isCalm.matches ? rest(LOOK_EVERY) : new Promise(requestAnimationFrame));
      if (this.state === "running") await this.#showLanes(trainer, run);
    }
  }

  async #showLanes(trainer: Trainer, run: number): Promise<void> {
    const lanes = await trainer.columns().catch(() => undefined); // a run that failed says so by itself
    if (lanes && this.#isOn(run)) this.events.onLanes(lanes);
  }

  #isOn(run: number): boolean {
    return run === this.#run && (this.state === "running" || this.state === "paused");
  }

  #enter(state: SessionState): void {
    this.state = state;
    this.events.onState(state);
  }
}

function rest(milliseconds: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
