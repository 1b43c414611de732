/** Exported policies, 4-64-64-2 tanh: bytes of each format, microseconds of one action, milliseconds from nothing to the first one. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { EXPORT_FORMATS, exportPolicy } from "../../dist/deploy/export.js";
import { acting, OBSERVATION, policyOf, randomLayers, tensorFlow, unrolled } from "./acting.mjs";
import { coldStarts } from "./cold.mjs";
import { withBothKernels } from "./kernels.mjs";
import { race } from "./measure.mjs";
import { time } from "./report.mjs";
import { onnxTimings } from "./rivals.mjs";

/** Fresh processes for each form. */
const STARTS = { quick: 15, full: 40 };

/** @param {import("./bench.mjs").Context} context */
export async function benchEdge({ report, budget, isQuick }) {
  report.part("edge", "exports of a 4-64-64-2 tanh policy without a critic");
  const layers = randomLayers();
  const policy = await policyOf(layers);
  const [loader, kernels] = ["dist/policy/index.js", "build/policy.wasm"].map(compressed);
  report.figure("lanewise/policy and its kernels, compressed", loader + kernels, "B", `${loader} + ${kernels}`);
  const forms = {};
  for (const format of EXPORT_FORMATS) {
    const { files } = await exportPolicy(policy, format);
    forms[format] = [...files.values()][0];
    for (const [name, bytes] of files) report.figure(`${format}: ${name}`, bytes.length, "B", `${gzipSync(bytes).length} compressed`);
  }
  await withBothKernels(async ({ stock }) => {
    const { policy: exported } = await import(`data:text/javascript;base64,${Buffer.from(forms.js).toString("base64")}`);
    const contenders = [acting("exported js", exported), acting("lanewise/policy", policy), unrolled(layers)];
    const timings = race([...contenders, { ...tensorFlow(layers), prepare: stock.prepare }], budget);
    report.group("act", time("µs", 1e-6), [
      ...timings,
      ...(await onnxTimings(forms.onnx, OBSERVATION, budget, (line) => report.note(line))),
    ]);
  });
  const starts = coldStarts(forms.policy, forms.js, STARTS[isQuick ? "quick" : "full"]);
  for (const one of starts) report.group(`from nothing to the first action`, time("ms", 1e-3), [one]);
}

const compressed = (name) => gzipSync(readFileSync(new URL(`../../${name}`, import.meta.url))).length;
