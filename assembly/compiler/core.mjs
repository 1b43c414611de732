/**
 * The compiler apart from its host: AssemblyScript in, WebAssembly out, as four-lane SIMD or as its scalar twin.
 * It touches no file: what it compiles comes through `read`. It runs wherever asc does, in Node and in web pages.
 */
import asc from "assemblyscript/asc";
import LanesTransform from "../lanes/transform.mjs";
import { CompileError, diagnosticAt, isError } from "./diagnostics.mjs";

/** How many lanes one `f32` of the source stands for: four with the `@lanes` transform, one without it. */
export const LANES = { simd: 4, scalar: 1 };

/** @typedef {Record<string, string | number | boolean | readonly string[]>} Options options of asc, as in asconfig.json */

/**
 * @param {string} entry path of the entry module
 * @param {object} input
 * @param {(name: string, baseDir: string) => string | null | undefined | Promise<string | null | undefined>} input.read the text
 *   behind a path; null or undefined if there is none
 * @param {Options} input.options
 * @param {"simd" | "scalar"} [input.twin] four lanes (default), or the same source without the transform
 * @param {string} [input.baseDir] where relative paths start
 * @param {readonly object[]} [input.transforms] run before `@lanes` is rewritten
 * @returns {Promise<{ binary: Uint8Array, text: string }>}
 */
export async function compileModule(entry, { read, options, twin = "simd", baseDir = ".", transforms = [] }) {
  const outputs = {};
  const texts = new Map();
  const diagnostics = [];
  const { error, stderr } = await asc.main(
    [
      entry,
      "--noColors",
      "--baseDir",
      baseDir,
      "--outFile",
      "out.wasm",
      "--textFile",
      "out.wat",
      ...flags(options),
      "--use",
      `LANES=${LANES[twin]}`,
    ],
    {
      transforms: [...transforms, ...(twin === "simd" ? [new LanesTransform()] : [])],
      readFile: async (name, folder) => {
        const text = (await read(name, folder)) ?? null;
        texts.set(name, text ?? "");
        return text;
      },
      writeFile: (name, contents) => {
        outputs[name] = contents;
      },
      listFiles: () => null,
      reportDiagnostic: (one) => {
        if (isError(one)) diagnostics.push(diagnosticAt(one.range, texts, one.message, one.code));
      },
    },
  );
  if (error) throw new CompileError(`${entry} (${twin}) does not compile\n${stderr.toString()}`, diagnostics);
  return { binary: outputs["out.wasm"], text: outputs["out.wat"] };
}

function flags(options) {
  return Object.entries(options).flatMap(([name, value]) => {
    if (Array.isArray(value)) return value.flatMap((item) => [`--${name}`, item]);
    if (value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}
