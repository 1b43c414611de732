/** Charts as self-contained SVG documents, for light and dark pages. */

/** A colour on a light page, and on a dark one. */
export interface Shade {
  readonly light: string;
  readonly dark: string;
}

/** What each part of a chart is drawn in. */
export const COLORS = {
  paper: { light: "#ffffff", dark: "#0d1117" },
  ink: { light: "#1f2328", dark: "#e6edf3" },
  grid: { light: "#d1d9e0", dark: "#30363d" },
} as const satisfies Record<string, Shade>;

/** What curves are drawn in, one after another: told apart by people who don't see red and green alike (Okabe & Ito 2008, adjusted). */
export const CURVES: readonly Shade[] = [
  { light: "#0969da", dark: "#58a6ff" },
  { light: "#c4500c", dark: "#f0883e" },
  { light: "#0b7a5b", dark: "#3fb98f" },
  { light: "#a03f9b", dark: "#db8fd6" },
  { light: "#8a6d00", dark: "#d9b83a" },
  { light: "#5b6a7a", dark: "#9fb0c3" },
  { light: "#b3245d", dark: "#ff7ba8" },
  { light: "#3d4fc4", dark: "#9aa7ff" },
];

/** In pixels, where nothing scales it. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const SIZE: Size = { width: 800, height: 400 };

/** A chart of the charting library's options, which is only loaded here. */
export async function chartSvg(options: Readonly<Record<string, unknown>>, size = SIZE): Promise<string> {
  const { init } = await import("echarts/dist/echarts.esm.min"); // in one file: its parts, in hundreds, take six times as long to load
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    chart.setOption({ animation: false, backgroundColor: COLORS.paper.light, ...options });
    return withDarkColors(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

export function titleOf(text: string) {
  return { text, left: "center", top: 12, textStyle: { color: COLORS.ink.light, fontSize: 16 } };
}

export function axis(name: string, nameGap: number) {
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

/** What swaps the colours of charts where the viewer knows that the page is dark. */
export const DARK_RULES = `@media (prefers-color-scheme:dark){${[...Object.values(COLORS), ...CURVES]
  .map(({ light, dark }) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`)
  .join("")}}`;

/** For pages that have {@link DARK_RULES} once for all charts. */
export function withoutDarkColors(svg: string): string {
  return svg.replace(`<style>${DARK_RULES}</style>`, "");
}

/** Viewers that know nothing of that show the light ones. */
function withDarkColors(svg: string): string {
  return svg.replace(/<\/svg>\s*$/, () => `<style>${DARK_RULES}</style>\n</svg>\n`);
}
