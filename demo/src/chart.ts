/** Curves over environment steps, drawn by uPlot in the page's colours. */
import uPlot from "uplot";

/** Points beyond which every second one is dropped. */
const MOST_POINTS = 1500;
const HEIGHT = 156; // px

export interface Series {
  readonly label: string;
  /** A custom property of the page: "--accent". */
  readonly color: string;
}

export class Chart {
  #plot: uPlot | undefined;
  #series: readonly Series[] = [];
  #data: number[][] = [[]];
  /** Every how manieth point is kept. */
  #stride = 1;
  #count = 0;
  #isStale = false;

  /** @param format how a number is written beside the axis and in the legend */
  constructor(
    readonly element: HTMLElement,
    readonly format: (value: number) => string = (value) => String(Number(value.toPrecision(3))),
  ) {
    new ResizeObserver(() => this.#plot?.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#build());
  }

  /** Begins anew with these curves. */
  show(series: readonly Series[]): void {
    this.#series = series;
    this.#data = Array.from({ length: series.length + 1 }, () => []);
    this.#stride = 1;
    this.#count = 0;
    this.#build();
  }

  get curves(): readonly Series[] {
    return this.#series;
  }

  /** A point of every curve; NaN for none. */
  add(steps: number, values: readonly number[]): void {
    if (this.#count++ % this.#stride !== 0) return;
    [steps, ...values].forEach((value, i) => {
      this.#data[i]?.push(value);
    });
    if ((this.#data[0]?.length ?? 0) > MOST_POINTS) this.#thinOut();
    this.#refresh();
  }

  #thinOut(): void {
    this.#stride *= 2;
    this.#data = this.#data.map((column) => column.filter((_, i) => i % 2 === 0));
  }

  /** At most once in a frame. */
  #refresh(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    requestAnimationFrame(() => {
      this.#isStale = false;
      this.#plot?.setData(this.#aligned());
    });
  }

  /** uPlot's gaps are null. */
  #aligned(): uPlot.AlignedData {
    return this.#data.map((column) => column.map((value) => (Number.isFinite(value) ? value : null))) as unknown as uPlot.AlignedData;
  }

  #build(): void {
    this.#plot?.destroy();
    const style = getComputedStyle(this.element);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: color("--muted"),
      font: `12px ${style.fontFamily}`,
      grid: { stroke: color("--faint"), width: 1 },
      ticks: { show: false },
    };
    const curves = this.#series.map(({ label, color: name }) => ({
      label,
      stroke: color(name),
      width: 2,
      points: { show: false },
      value: (_: uPlot, value: number | null) => (value === null ? "–" : this.format(value)),
    }));
    const options: uPlot.Options = {
      width: this.element.clientWidth,
      height: HEIGHT,
      legend: { live: false },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false, range: spanned }, y: { range: padded } },
      series: [{ label: "steps", value: (_, value) => (value === null ? "–" : value.toLocaleString("en")) }, ...curves],
      axes: [
        { ...axis, size: 32, values: (_, ticks) => ticks.map(shortened) },
        { ...axis, size: 58, values: (_, ticks) => ticks.map(this.format) },
      ],
    };
    this.#plot = new uPlot(options, this.#aligned(), this.element);
  }
}

/** uPlot passes null where there are no points. */
function spanned(_: uPlot, from: number | null, to: number | null): uPlot.Range.MinMax {
  return from === null || to === null || from === to ? [0, 1] : [from, to];
}

function padded(_: uPlot, from: number | null, to: number | null): uPlot.Range.MinMax {
  return from === null || to === null ? [0, 1] : uPlot.rangeNum(from, to, 0.1, true);
}

/** 20000 as "20k". */
function shortened(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1000 ? `${value / 1000}k` : String(value);
}
