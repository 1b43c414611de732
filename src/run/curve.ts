/** Learning curves as pictures: mean return against environment steps. */
import type { Band } from "./bands.js";
import { axis, COLORS, CURVES, chartSvg, titleOf } from "./chart.js";

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

/** Several curves with their confidence intervals, and the return that counts as solved if it is finite. */
export function bandsSvg(
  title: string,
  curves: readonly { readonly name: string; readonly band: Band }[],
  threshold: number,
): Promise<string> {
  return chartSvg({
    title: titleOf(title),
    legend: { data: curves.map(({ name }) => name), top: 40, textStyle: { color: COLORS.ink.light } },
    ...frame({ top: 80 }),
    series: [
      ...curves.flatMap(({ name, band }, i) => bandSeries(name, band, CURVES[i % CURVES.length]?.light ?? COLORS.ink.light)),
      ...thresholdSeries(curves, threshold),
    ],
  });
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
