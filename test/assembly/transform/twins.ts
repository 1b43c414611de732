/** Functions of lanes compiled as both twins, and the bits that come of them. */
import { compile } from "../../../assembly/compile.mjs";
import type { Accepted } from "./accepted.js";
import { FILES } from "./files.js";

export type Twin = "scalar" | "simd";
export const LANES = { scalar: 1, simd: 4 };

const IMPORTS = `
  import { GRAVITY, COUNT, Real, any, clamp, constant, double as twice, flip, half, scaled, square } from "./maths";
  import triple from "./maths";
  import * as maths from "./maths";
  import { viaName, viaStar } from "./exports";
  import { State } from "./state";
`;

/** Columns of a group in memory, one f32 a lane: inputs a, b, c, the result, then the state, which begins with u and v. */
const COLUMNS = { result: 3, state: 4, u: 4, v: 5 };
/** Address of the uniform object. */
const TALLY = 512;

function moduleOf(rows: Accepted[]): string {
  const functions = rows.map(
    ({ body, beside = "" }, i) => `
      ${beside}
      @lanes function row${i}(a: f32, b: f32, c: f32, s: State): f32 { ${body} }
      export function run${i}(p: usize, tally: usize): void {
        const s = changetype<State>(p + ${COLUMNS.state} * 4 * LANES);
        s.tally = changetype<Tally>(tally);
        if (LANES == 4) v128.store(p, row${i}(v128.load(p), v128.load(p, 16), v128.load(p, 32), s), 48);
        else store<f32>(p, row${i}(load<f32>(p), load<f32>(p, 4), load<f32>(p, 8), s), 12);
      }`,
  );
  return `${IMPORTS} import { Tally } from "./state"; ${functions.join("\n")}`;
}

const SPECIAL = [0, -0, 1, -1, 0.5, -1.5, 2.5, 3.7, -7.25, 1e-40, 16777217, 3e38, Infinity, -Infinity, Number.NaN];
/** Inputs: all pairs of special numbers, with a third that differs from pair to pair. A multiple of four. */
export const CASES = SPECIAL.flatMap((a, i) =>
  SPECIAL.map((b, j) => [a, b, SPECIAL[(3 * i + 2 * j) % SPECIAL.length] as number] as const),
).slice(0, 224);

type Run = (address: number, tally: number) => void;

async function instantiate(twin: Twin, rows: Accepted[]) {
  const { binary } = await compile("main.ts", { twin, files: { ...FILES, "main.ts": moduleOf(rows) } });
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = await WebAssembly.instantiate(binary as BufferSource, { env: { memory } });
  return { memory, run: (i: number) => instance.exports[`run${i}`] as Run };
}

export type Module = Awaited<ReturnType<typeof instantiate>>;

/** The bits of result, u and v of every case; NaN is one value, since WebAssembly leaves its sign and payload open. */
export function outcomes({ memory, run }: Module, i: number, lanes: number): number[][] {
  const floats = new Float32Array(memory.buffer);
  const bits = new Uint32Array(memory.buffer);
  const at = (column: number, lane: number) => column * lanes + lane;
  const bitsAt = (k: number) => (Number.isNaN(floats[k]) ? 0x7fc00000 : (bits[k] as number));
  const results: number[][] = [];
  for (let first = 0; first < CASES.length; first += lanes) {
    const group = CASES.slice(first, first + lanes);
    for (const [lane, [a, b, c]] of group.entries()) {
      for (const [column, input] of [a, b, c, 0, b, 0.75].entries()) floats[at(column, lane)] = input;
    }
    floats.fill(0, at(COLUMNS.v + 1, 0));
    run(i)(0, TALLY);
    results.push(...group.map((_, lane) => [COLUMNS.result, COLUMNS.u, COLUMNS.v].map((column) => bitsAt(at(column, lane)))));
  }
  return results;
}

export const bothTwins = async (rows: Accepted[]) => ({ scalar: await instantiate("scalar", rows), simd: await instantiate("simd", rows) });
