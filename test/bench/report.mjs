/** What a benchmark says: for each case the subject, then its baselines with how many times faster the subject is than each. */

/**
 * A unit turns seconds for one piece of work into the figure that is printed.
 * @typedef {object} Unit
 * @property {string} name
 * @property {(seconds: number) => number} of
 */

/** @type {(name: string, scale: number) => Unit} pieces of work per second, in units of `scale` */
export const rate = (name, scale) => ({ name, of: (seconds) => 1 / seconds / scale });
/** @type {(name: string, scale: number) => Unit} time, in units of `scale` seconds */
export const time = (name, scale) => ({ name, of: (seconds) => seconds / scale });

export class Report {
  #part = "";
  /** @type {Record<string, unknown>[]} */
  #records = [];

  constructor(/** @type {boolean} */ isJson) {
    this.isJson = isJson;
  }

  part(name, text) {
    this.#part = name;
    this.note(`\n${name}: ${text}`);
  }

  /** A line for people. */
  note(text) {
    if (!this.isJson) console.log(text);
  }

  /**
   * A case: `subject` and baselines in seconds for one piece of work.
   * @param {string} label
   * @param {Unit} unit
   * @param {readonly import("./measure.mjs").Timing[]} timings the subject first
   */
  group(label, unit, [subject, ...baselines]) {
    this.#line(label, unit, subject, undefined);
    for (const baseline of baselines) this.#line("", unit, baseline, baseline.median / subject.median, label);
  }

  /** @param {number | undefined} ratio how many times faster the subject is */
  #line(label, unit, { name, ...times }, ratio, of = label) {
    const median = unit.of(times.median);
    const [min, max] = [unit.of(times.min), unit.of(times.max)].sort((a, b) => a - b);
    this.#records.push({ part: this.#part, case: of, name, unit: unit.name, min, median, max, ...(ratio && { subjectIsFaster: ratio }) });
    const figure = `${digits(median).padStart(8)} ${unit.name}`.padEnd(20);
    const range = `(${digits(min)} … ${digits(max)})`.padEnd(22);
    this.note(`  ${label.padEnd(36)} ${name.padEnd(26)} ${figure} ${range}${ratio ? ` ${digits(ratio)}×` : ""}`.trimEnd());
  }

  /** A figure that isn't a contest: a share, a multiple, a count. */
  figure(label, value, unit, remark = "") {
    this.#records.push({ part: this.#part, case: label, unit, value });
    this.note(`  ${label.padEnd(63)} ${digits(value).padStart(8)} ${unit}${remark && `  ${remark}`}`);
  }

  /** A profile's rows: what, how often, seconds of all calls together, share; GFLOP/s where the operations are known. */
  table(rows) {
    for (const { label, calls, seconds, operations, share } of rows) {
      const speed = operations ? operations / seconds / 1e9 : undefined;
      const cells = [calls ?? "", digits(seconds * 1e6), `${(100 * share).toFixed(1)} %`].map((cell) => String(cell).padStart(9));
      this.#records.push({ part: this.#part, case: label, calls, microseconds: seconds * 1e6, share, gflops: speed });
      this.note(`  ${shortened(label, 44)} ${cells.join(" ")}${speed ? `  ${digits(speed)} GFLOP/s` : ""}`);
    }
  }

  end(checksum) {
    if (this.isJson) console.log(JSON.stringify({ records: this.#records, checksum }, null, 1));
    else console.log(`\nchecksum ${checksum.toPrecision(6)}`);
  }
}

function shortened(text, width) {
  return (text.length > width ? `${text.slice(0, width - 2)} …` : text).padEnd(width);
}

/** Three significant digits, never as a power of ten. */
export function digits(value) {
  if (value === 0) return "0";
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", { minimumFractionDigits: Math.min(places, 6), maximumFractionDigits: Math.min(places, 6) });
}
