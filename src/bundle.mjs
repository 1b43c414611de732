/**
 * Makes dist/web: the package as modules that import nothing but each other, for pages without a bundler, whose workers have no import
 * map; and the element that plays policies, which demo/ has. A step of `npm run build`.
 */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ENTRIES } from "./entries.mjs";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
await rm(`${dist}web`, { recursive: true, force: true });
await build({
  entryPoints: Object.entries(ENTRIES).map(([out, path]) => ({ out, in: dist + path })),
  outdir: `${dist}web`,
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  external: ["node:*", "*/node-adapter.mjs"], // imported in Node only
  logLevel: "warning",
});
// One script that stands in a page, which has no URL that anything could be found from.
await build({
  entryPoints: [`${dist}../demo/src/replay.ts`],
  outfile: `${dist}web/replay.js`,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  define: { "import.meta.url": '"file:///lanewise/web/replay.js"' },
  external: ["node:*"],
  legalComments: "none",
});
