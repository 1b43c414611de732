/**
 * What travels, as small as esbuild gets it; a step of `npm run build`. Exported modules carry build/runtime.js or build/self-contained.js,
 * and `lanewise/policy` is one file, which starts sooner than a dozen.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const OUTPUTS = {
  "src/deploy/runtime.ts": "build/runtime.js",
  "src/deploy/self-contained.ts": "build/self-contained.js",
  "src/policy/index.ts": "dist/policy/index.js",
};

for (const [entry, outfile] of Object.entries(OUTPUTS)) {
  const how = { bundle: true, minify: true, format: "esm", platform: "neutral", target: "es2022" };
  await build({ ...how, entryPoints: [path(entry)], outfile: path(outfile), logLevel: "warning" });
}
