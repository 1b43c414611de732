/**
 * What travels, as small as esbuild gets it; a step of `npm run build`. Exported modules carry build/runtime.js or build/self-contained.js,
 * and `lanewise/policy` is one file, which starts sooner than a dozen.
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** What is made of which source, and which of its names nobody outside ever reads. */
const OUTPUTS = {
  "build/runtime.js": { entry: "src/deploy/runtime.ts" },
  "build/self-contained.js": { entry: "src/deploy/self-contained.ts" },
  "dist/policy/index.js": {
    entry: "src/policy/index.ts",
    inner:
      /^(actions|blueprint|data|dataStart|frames|frameSize|hasLogStd|is(Discrete|Greedy|Index|Rescaled)|layer|metadata|numbers|output|size|sumAt|tensors|where)$/,
  },
};

/**
 * The text of an output.
 * @param {keyof typeof OUTPUTS} name
 * @returns {Promise<string>}
 */
export async function minified(name) {
  const { entry, inner } = OUTPUTS[name];
  const how = { bundle: true, format: "esm", platform: "neutral", target: "es2022", charset: "utf8", logLevel: "warning" };
  const names = { minifyIdentifiers: true, minifySyntax: true, ...(inner && { mangleProps: inner }) };
  const { outputFiles } = await build({ ...how, ...names, entryPoints: [path(entry)], write: false });
  const { code } = await transform(eager(outputFiles[0].text), {
    minifyWhitespace: true,
    minifySyntax: true,
    format: "esm",
    charset: "utf8",
    target: "es2022",
  });
  return code;
}

/**
 * The same with functions in parentheses: all of them are needed to start, and V8 compiles those that stand so at once, where it would
 * otherwise first skip over them, and come back for each.
 * @param code in which functions of the module begin and end in the first column
 */
function eager(code) {
  return code.replace(/^(async )?function ([\w$]+)(\(.*?^\})/gms, "var $2 = ($1function$3);");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(OUTPUTS)) await writeFile(path(name), await minified(name));
}
