/** The charts of a report: returns and all other metrics against environment steps, a curve for each group of runs. */
import { bandOf } from "../bands.js";
import { colorOf, type NamedBand, plainBandsSvg } from "../curve.js";
import { formatCount, formatReturn } from "../progress.js";
import { type Html, html, raw } from "./html.js";
import { curveOf, type RunGroup } from "./recorded.js";

/** For windows as wide as a desk's, and as a hand's. */
const WIDE = { width: 800, height: 360 };
const NARROW = { width: 360, height: 260 };
const SMALL = { width: 360, height: 180 };

const RETURN = "rollout/meanReturn";
/** Metrics that only count what the axis below shows. */
const COUNTERS: readonly string[] = ["time/iteration", "time/seconds", "rollout/episodes"];

/** The learning curves, with what tells them apart. */
export async function returnsChart(groups: readonly RunGroup[], threshold: number): Promise<Html> {
  const curves = bandsOf(groups, RETURN);
  const known = curves.filter(({ band }) => band.length > 0);
  if (known.length === 0) return html`<p class="note">No episode has ended in these runs, so there is no learning curve.</p>`;
  const options = { unit: "mean return", threshold };
  const [wide, narrow] = await Promise.all([plainBandsSvg(curves, WIDE, options), plainBandsSvg(curves, NARROW, options)]);
  const goal = Number.isFinite(threshold) ? html`<li><span class="key dashed"></span>solved at ${threshold}</li>` : html``;
  return html`<figure>
<div role="img" aria-label="${described("Mean return", known)}"><div class="wide">${raw(wide)}</div><div class="narrow">${raw(narrow)}</div></div>
<figcaption><ul class="legend">${groups.map(keyOf)}${goal}</ul>
Mean return of the last 100 episodes in training, against environment steps. ${bandNote(groups)}</figcaption></figure>`;
}

/** A small chart for each further metric that a run of the groups reports. */
export async function metricCharts(groups: readonly RunGroup[]): Promise<Html[]> {
  return Promise.all(
    metricsOf(groups).map(async (name) => {
      const curves = bandsOf(groups, name);
      const svg = await plainBandsSvg(curves, SMALL, { range: rangeOf(groups, name) });
      const known = curves.filter(({ band }) => band.length > 0);
      return html`<figure><figcaption>${name}</figcaption><div role="img" aria-label="${described(name, known)}">${raw(svg)}</div></figure>`;
    }),
  );
}

function metricsOf(groups: readonly RunGroup[]): string[] {
  const records = groups.flatMap(({ runs }) => runs.flatMap((run) => run.records));
  const names = new Set(records.flatMap(({ steps: _, ...values }) => Object.keys(values)));
  const shown = [...names].filter((name) => name !== RETURN && !COUNTERS.includes(name));
  return shown.filter((name) => records.some(({ [name]: value }) => Number.isFinite(value))).toSorted();
}

/** What the runs reported, and a little room: intervals of few seeds go far beyond it. */
function rangeOf(groups: readonly RunGroup[], metric: string): [low: number, high: number] {
  const values = groups.flatMap(({ runs }) => runs.flatMap((run) => curveOf(run, metric).map(({ meanReturn }) => meanReturn)));
  const [low, high] = values
    .filter(Number.isFinite)
    .reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  const room = (high - low) / 20 || Math.abs(low) / 20 || 1;
  return [low - room, high + room];
}

function bandsOf(groups: readonly RunGroup[], metric: string): NamedBand[] {
  return groups.map(({ name, runs }) => ({ name, band: bandOf(runs.map((run) => curveOf(run, metric))) }));
}

function keyOf({ name, runs }: RunGroup, i: number): Html {
  const { light, dark } = colorOf(i);
  const seeds = runs.length > 1 ? ` (${runs.length} seeds)` : "";
  return html`<li><span class="key" style="--light:${light};--dark:${dark}"></span>${name}${seeds}</li>`;
}

function bandNote(groups: readonly RunGroup[]): string {
  if (groups.every(({ runs }) => runs.length === 1)) return "";
  return "Of several seeds the line is the mean, and the band its 95 % confidence interval, as far as all of them have come.";
}

/** A chart in words, for those who don't see it. */
function described(what: string, curves: readonly NamedBand[]): string {
  const ends = curves.map(({ name, band }) => {
    const { steps = Number.NaN, mean = Number.NaN } = band.at(-1) ?? {};
    return `${name} ends at ${what === "Mean return" ? formatReturn(mean) : Number(mean.toPrecision(3))} after ${formatCount(steps)} steps`;
  });
  return `${what} against environment steps: ${ends.join("; ")}.`;
}
