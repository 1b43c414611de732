/** What a sweep searches: for each option a list of values, or a range to draw from. */
import { exp, log } from "../../core/elementary.js";
import { ensure } from "../../core/errors.js";
import { PURPOSE } from "../../core/seeds.js";
import { HostRandom } from "../../envs/host-random.js";

/** A list of values; or real numbers between two bounds, evenly or evenly in their logarithm; or whole numbers, both bounds included. */
export type Dimension =
  | readonly unknown[]
  | { readonly uniform: readonly [number, number] }
  | { readonly logUniform: readonly [number, number] }
  | { readonly integer: readonly [number, number] };

/** Dimensions by the names of the options. */
export type Space = Readonly<Record<string, Dimension>>;

/** One point of the space: a value for each option. */
export type Point = Readonly<Record<string, unknown>>;

const KINDS: readonly string[] = ["uniform", "logUniform", "integer"];

/** Refuses what is no space. */
export function checkSpace(space: Space): void {
  ensure(Object.keys(space).length > 0, () => "space names no options to search");
  for (const [name, dimension] of Object.entries(space)) {
    const complaint = Array.isArray(dimension) ? (dimension.length > 0 ? undefined : "an empty list") : wrongRange(dimension);
    ensure(
      complaint === undefined,
      () => `space.${name} is ${complaint}; give a list of values, or {"uniform" | "logUniform" | "integer": [low, high]}`,
    );
  }
}

function wrongRange(dimension: unknown): string | undefined {
  const entries = typeof dimension === "object" && dimension !== null ? Object.entries(dimension) : [];
  const [[kind = "", bounds] = []] = entries;
  if (entries.length !== 1 || !KINDS.includes(kind)) return "neither a list nor a range";
  const [low, high] = Array.isArray(bounds) && bounds.length === 2 ? bounds : [];
  if (!Number.isFinite(low) || !Number.isFinite(high) || !(low < high)) return "a range without a low bound below a high one";
  if (kind === "logUniform" && low <= 0) return "a range of logarithms that doesn't begin above 0";
  return kind === "integer" && !(Number.isInteger(low) && Number.isInteger(high))
    ? "a range of whole numbers with a bound that isn't one"
    : undefined;
}

/** The `index`-th random point: the same for the same seed and index, however many others are drawn. */
export function randomPoint(space: Space, seed: number, index: number): Point {
  const random = new HostRandom().begin(seed, PURPOSE.environment, index, 0);
  return Object.fromEntries(Object.entries(space).map(([name, dimension]) => [name, drawn(dimension, random)]));
}

function drawn(dimension: Dimension, random: HostRandom): unknown {
  if (isList(dimension)) return dimension[random.integer(dimension.length)];
  if ("uniform" in dimension) return random.uniform(...dimension.uniform);
  if ("integer" in dimension) return dimension.integer[0] + random.integer(dimension.integer[1] - dimension.integer[0] + 1);
  const [low, high] = dimension.logUniform;
  return Math.min(high, Math.max(low, exp(random.uniform(log(low), log(high)))));
}

/** Every point of a space of lists, the last option changing fastest. */
export function gridPoints(space: Space): Point[] {
  return Object.entries(space).reduce<Point[]>(
    (points, [name, dimension]) => {
      ensure(isList(dimension), () => `a grid needs lists, and space.${name} is a range; use method "random" or "asha"`);
      return points.flatMap((point) => (dimension as readonly unknown[]).map((value) => ({ ...point, [name]: value })));
    },
    [{}],
  );
}

function isList(dimension: Dimension): dimension is readonly unknown[] {
  return Array.isArray(dimension);
}
