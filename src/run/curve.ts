/** The learning curve of a run as an SVG: mean return against environment steps, for light and dark pages. */

export interface CurvePoint {
  /** Environment steps done. */
  readonly steps: number;
  /** Mean undiscounted return at that moment; points that are not finite are left out. */
  readonly meanReturn: number;
}

/** What each part is drawn in on a light page, and in what on a dark one. */
const COLORS = {
  paper: { light: "#ffffff", dark: "#0d1117" },
  ink: { light: "#1f2328", dark: "#e6edf3" },
  grid: { light: "#d1d9e0", dark: "#30363d" },
  curve: { light: "#0969da", dark: "#58a6ff" },
} as const;

const SIZE = { width: 800, height: 400 };

/** The chart under `title`, a self-contained SVG document. The charting library is only loaded here. */
export async function curveSvg(title: string, points: readonly CurvePoint[]): Promise<string> {
  const init = await loadCharts();
  const chart = init(null, null, { renderer: "svg", ssr: true, ...SIZE });
  try {
    chart.setOption(chartOption(title, points));
    return withDarkColors(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** Only the parts that a line chart needs: half the loading time of the whole library. */
async function loadCharts() {
  const [{ init, use }, { LineChart }, { GridComponent, TitleComponent }, { SVGRenderer }] = await Promise.all([
    import("echarts/core"),
    import("echarts/charts"),
    import("echarts/components"),
    import("echarts/renderers"),
  ]);
  use([LineChart, GridComponent, TitleComponent, SVGRenderer]);
  return init;
}

function chartOption(title: string, points: readonly CurvePoint[]) {
  const known = points.filter(({ steps, meanReturn }) => Number.isFinite(steps) && Number.isFinite(meanReturn));
  return {
    animation: false,
    backgroundColor: COLORS.paper.light,
    color: [COLORS.curve.light],
    title: { text: title, left: "center", top: 12, textStyle: { color: COLORS.ink.light, fontSize: 16 } },
    grid: { left: 80, right: 40, top: 56, bottom: 64 },
    xAxis: { ...axis("environment steps", 36), min: 0 },
    yAxis: { ...axis("mean return", 56), scale: true },
    series: [
      {
        type: "line",
        silent: true,
        showSymbol: known.length === 1,
        sampling: "lttb",
        data: known.map(({ steps, meanReturn }) => [steps, meanReturn]),
      },
    ],
  };
}

function axis(name: string, nameGap: number) {
  const ink = COLORS.ink.light;
  return {
    type: "value",
    name,
    nameGap,
    nameLocation: "middle",
    nameTextStyle: { color: ink, fontSize: 13 },
    axisLabel: { color: ink },
    axisLine: { show: true, lineStyle: { color: ink } },
    axisTick: { show: true, lineStyle: { color: ink } },
    splitLine: { lineStyle: { color: COLORS.grid.light } },
  };
}

/** Viewers that know whether the page is dark swap the colours; all others show the light ones. */
function withDarkColors(svg: string): string {
  const rules = Object.values(COLORS).flatMap(({ light, dark }) => [
    `[fill="${light}"]{fill:${dark}}`,
    `[stroke="${light}"]{stroke:${dark}}`,
  ]);
  const style = `<style>@media (prefers-color-scheme:dark){${rules.join("")}}</style>`;
  return svg.replace(/<\/svg>\s*$/, () => `${style}\n</svg>\n`);
}
