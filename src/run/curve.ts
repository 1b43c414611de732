/** Learning curves as pictures: mean return against environment steps. */
import type { Band } from "./bands.js";
import { axis, COLORS, CURVES, chartSvg, type Size, titleOf, withoutDarkColors } from "./chart.js";

export interface CurvePoint {
  /** Environment steps done. */
  readonly steps: number;
  /** Mean undiscounted return at that moment; points that are not finite are left out. */
  readonly meanReturn: number;
}

/** The curve of one run under `title`, a self-contained SVG document. */
export function curveSvg(title: string, points: readonly CurvePoint[]): Promise<string> {
  const known = points.filter(({ steps, meanReturn }) => Number.isFinite(steps) && Number.isFinite(meanReturn));
  const data = known.map(({ steps, meanReturn }) => [steps, meanReturn]);
  return chartSvg({
    color: CURVES.map(({ light }) => light),
    title: titleOf(title),
    ...frame({ top: 56 }),
    series: [{ type: "line", silent: true, showSymbol: known.length === 1, sampling: "lttb", data }],
  });
}

/** Several seeds' curve by the name of what was run. */
export interface NamedBand {
  readonly name: string;
  readonly band: Band;
}

/** Several curves with their confidence intervals, and the return that counts as solved if it is finite. */
export function bandsSvg(title: string, curves: readonly NamedBand[], threshold: number): Promise<string> {
  return chartSvg({
    title: titleOf(title),
    legend: { data: curves.map(({ name }) => name), top: 40, textStyle: { color: COLORS.ink.light } },
    ...frame({ top: 80 }),
    series: [...allSeries(curves), ...thresholdSeries(curves, threshold)],
  });
}

interface PlainOptions {
  /** What stands above the axis of values. */
  readonly unit?: string;
  readonly threshold?: number;
  /** The values that the axis spans, whatever the intervals do; all that is drawn unless given. */
  readonly range?: readonly [low: number, high: number];
}

/** The same for pages that have title and legend in words, and the colours of dark pages once; of any metric. */
export async function plainBandsSvg(curves: readonly NamedBand[], size: Size, options: PlainOptions = {}): Promise<string> {
  const { unit = "", threshold = Number.NaN, range: [min, max] = [] } = options;
  const narrow = {
    type: "value",
    axisLabel: { color: COLORS.ink.light, hideOverlap: true, showMaxLabel: false, formatter: shortened },
    splitNumber: 4,
  };
  const ends = options.range ? { showMinLabel: false } : { showMaxLabel: null };
  const lines = { lineStyle: { color: COLORS.grid.light } };
  const svg = await chartSvg(
    {
      grid: { left: 8, right: 16, top: unit ? 28 : 12, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: { ...narrow, min: 0, max: "dataMax", splitLine: { show: false }, axisLine: { show: true, ...lines } },
      yAxis: {
        ...narrow,
        axisLabel: { ...narrow.axisLabel, ...ends },
        name: unit,
        nameTextStyle: { color: COLORS.ink.light, align: "left" },
        scale: true,
        min,
        max,
        splitLine: lines,
      },
      series: [...allSeries(curves), ...thresholdSeries(curves, threshold)],
    },
    size,
  );
  return withoutDarkColors(svg);
}

const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

function shortened(value: number): string {
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : SHORT.format(value);
}

/** What the curve at a place of the list is drawn in, on light pages and on dark ones. */
export function colorOf(i: number) {
  return CURVES[i % CURVES.length] ?? COLORS.ink;
}

function allSeries(curves: readonly NamedBand[]) {
  return curves.flatMap(({ name, band }, i) => bandSeries(name, band, colorOf(i).light));
}

function frame({ top }: { top: number }) {
  return {
    grid: { left: 80, right: 40, top, bottom: 64 },
    xAxis: { ...axis("environment steps", 36), min: 0 },
    yAxis: { ...axis("mean return", 56), scale: true },
  };
}

/** The interval is an area between its lower end, which isn't drawn, and the same raised by its width. */
function bandSeries(name: string, band: Band, color: string) {
  const plain = { type: "line", silent: true, showSymbol: band.length === 1, color };
  const invisible = { ...plain, showSymbol: false, lineStyle: { opacity: 0 }, stack: `${name} interval`, stackStrategy: "all" };
  return [
    { ...invisible, data: band.map(({ steps, low }) => [steps, low]) },
    { ...invisible, areaStyle: { color, opacity: 0.15 }, data: band.map(({ steps, low, high }) => [steps, high - low]) },
    { ...plain, name, data: band.map(({ steps, mean }) => [steps, mean]) },
  ];
}

function thresholdSeries(curves: readonly { readonly band: Band }[], threshold: number) {
  const end = Math.max(...curves.map(({ band }) => band.at(-1)?.steps ?? 0));
  if (!Number.isFinite(threshold) || end <= 0) return [];
  const ink = COLORS.ink.light;
  const lineStyle = { color: ink, type: "dashed", width: 1 };
  return [{ type: "line", silent: true, showSymbol: false, color: ink, lineStyle, data: [[0, threshold], [end, threshold]] }]; // biome-ignore format: a pair of points
}
