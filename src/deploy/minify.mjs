/** Makes build/runtime.js of runtime.ts: what exported modules carry, as small as esbuild gets it. A step of `npm run build`. */
import { readFile, writeFile } from "node:fs/promises";
import { transform } from "esbuild";

const source = await readFile(new URL("runtime.ts", import.meta.url), "utf8");
const { code } = await transform(source, { loader: "ts", target: "es2022", minify: true });
await writeFile(new URL("../../build/runtime.js", import.meta.url), code);
