/** A sweep as a picture in parallel coordinates: a line for each trial, through its options to its return. */
import { COLORS, CURVES, chartSvg, titleOf } from "../chart.js";
import type { SweepRow } from "./sweep.js";

/** A self-contained SVG document. The longer a trial was trained, and the better it was, the stronger its line. */
export function sweepSvg(title: string, rows: readonly SweepRow[]): Promise<string> {
  const done = rows.filter(({ meanReturn }) => Number.isFinite(meanReturn)).toReversed();
  const names = Object.keys(rows[0]?.point ?? {});
  const ink = COLORS.ink.light;
  const axes = [
    ...names.map((name) => axisOf(name, done)),
    { name: "steps", type: "value" },
    { name: "mean return", type: "value", scale: true },
  ];
  const longest = Math.max(...done.map(({ steps }) => steps));
  const opacity = (row: SweepRow, i: number) => (row.steps === longest ? 0.25 + (0.75 * (i + 1)) / done.length : 0.15);
  return chartSvg({
    title: titleOf(title),
    parallelAxis: axes.map((axis, dim) => ({
      ...axis,
      dim,
      nameTextStyle: { color: ink },
      axisLabel: { color: ink, ...("type" in axis && axis.type === "log" && { formatter: short }) },
      axisLine: { lineStyle: { color: ink } },
      axisTick: { lineStyle: { color: ink } },
    })),
    parallel: { left: 80, right: 80, top: 90, bottom: 40 },
    series: done.map((row, i) => ({
      type: "parallel",
      silent: true,
      lineStyle: { color: CURVES[0]?.light, opacity: opacity(row, i), width: i === done.length - 1 ? 4 : 1.5 },
      data: [[...names.map((name) => cell(row.point[name])), row.steps, row.meanReturn]],
    })),
  });
}

/** Numbers on an axis of their own scale, everything else by name. */
function axisOf(name: string, rows: readonly SweepRow[]) {
  const values = rows.map(({ point }) => point[name]);
  if (!values.every((value) => typeof value === "number")) return { name, type: "category", data: [...new Set(values.map(cell))] };
  const spread = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 50;
  return { name, type: spread ? "log" : "value", scale: true };
}

/** Logarithmic axes compute their labels. */
function short(value: number): string {
  return value < 1e-3 ? value.toExponential(0) : String(Number(value.toPrecision(3)));
}

function cell(value: unknown): number | string {
  return typeof value === "number" ? value : typeof value === "string" ? value : JSON.stringify(value);
}
