/** Tables as what acts: one linear layer on the one-hot state, whose weights are the table. */
import type { ActingParts } from "../../nn/acting.js";
import type { NamedLayer } from "../../nn/mlp.js";
import { column, type Heap } from "../../wasm/heap.js";
import type { Sizes } from "./sizes.js";

/** Tables as they now are. */
export interface Tables {
  /** Action values, of which the largest wins, or logits. */
  readonly kind: "greedy" | "categorical";
  /** `[S,A]` */
  readonly actor: () => ArrayLike<number>;
  /** `[S]` */
  readonly critic?: () => ArrayLike<number>;
}

export class TablePolicy {
  readonly acting: ActingParts;

  constructor(
    heap: Heap,
    { states, actions }: Sizes,
    readonly tables: Tables,
  ) {
    const actor = [layer(heap, "actor.0", states, actions)];
    const critic = tables.critic ? [layer(heap, "critic.0", states, 1)] : [];
    this.acting = { actor, critic, distribution: { kind: tables.kind } };
  }

  /** Rounds the tables to float32, for acting and export. */
  publish(): void {
    const { actor, critic } = this.acting;
    actor[0]?.weight.data.set(this.tables.actor());
    if (this.tables.critic) critic[0]?.weight.data.set(this.tables.critic());
  }
}

function layer(heap: Heap, name: string, rows: number, columns: number): NamedLayer {
  return {
    weight: column(heap, [rows, columns]),
    bias: column(heap, [columns]),
    activation: "linear",
    names: { weight: `${name}.weight`, bias: `${name}.bias` },
  };
}
