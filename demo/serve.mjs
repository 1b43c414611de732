/** Bundles the page and serves the repository's folder at http://127.0.0.1:8000/demo/. */
import { context } from "esbuild";

const bundle = await context({
  entryPoints: ["demo/main.js"],
  outfile: "demo/dist/main.js",
  bundle: true,
  format: "esm",
  external: ["node:*"],
  logLevel: "warning",
});
await bundle.rebuild();
const { port } = await bundle.serve({ servedir: ".", host: "127.0.0.1", port: Number(process.env.PORT ?? 8000) });
console.log(`http://127.0.0.1:${port}/demo/`);
