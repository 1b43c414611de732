/** Exported policies: bytes of each format, microseconds of one action, milliseconds until the first one; 4-64-64-2 tanh. */
import { gzipSync } from "node:zlib";
import { EXPORT_FORMATS, exportPolicy } from "../../dist/deploy/export.js";
import { loadPolicy } from "../../dist/policy/index.js";
import { acting, policyOf, randomLayers, unrolled } from "./acting.mjs";
import { consume, now, race } from "./measure.mjs";
import { time } from "./report.mjs";

/** Loads that the median is taken over. */
const LOADS = 15;
const OBSERVATION = [0.01, 0.2, -0.02, -0.3];

/** @param {import("./bench.mjs").Context} context */
export async function benchEdge({ report, budget }) {
  report.part("edge", "exports of a 4-64-64-2 tanh policy without a critic");
  const layers = randomLayers();
  const policy = await policyOf(layers);
  for (const format of EXPORT_FORMATS) {
    const { files } = await exportPolicy(policy, format);
    for (const [name, bytes] of files) report.figure(`${format}: ${name}`, bytes.length, "B", `${gzipSync(bytes).length} compressed`);
  }
  const { files } = await exportPolicy(policy, "js");
  const { policy: exported } = await importFresh(files.get("policy.js"), 0);
  const contenders = [acting("exported js", exported), acting("lanewise/policy", policy), unrolled(layers)];
  report.group("act", time("µs", 1e-6), race(contenders, budget));
  report.group("from bytes to the first action", time("ms", 1e-3), await loadingTimes(files.get("policy.js"), await policy.bytes()));
}

/**
 * The turns alternate, as in a race; but loading takes its time between calls, which a race doesn't wait for. The exported module inflates
 * and compiles its kernels each time; lanewise/policy has compiled them once.
 */
async function loadingTimes(script, file) {
  const times = { "exported js": [], "lanewise/policy, compiled": [] };
  for (let i = 1; i <= LOADS; i++) {
    times["exported js"].push(await secondsTo(async () => (await importFresh(script, i)).policy));
    times["lanewise/policy, compiled"].push(await secondsTo(() => loadPolicy(file)));
  }
  return Object.entries(times).map(([name, seconds]) => {
    const sorted = seconds.toSorted((a, b) => a - b);
    return { name, min: sorted[0], median: sorted[Math.floor(LOADS / 2)], max: sorted[LOADS - 1] };
  });
}

async function secondsTo(load) {
  const start = now();
  consume((await load()).act(OBSERVATION), "a loaded policy");
  return now() - start;
}

/** A module is only run once for each address, so that each has another comment. */
function importFresh(script, number) {
  const text = `${new TextDecoder().decode(script)}// ${number}\n`;
  return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
}
