/** The demo: a dev server, and static files in demo/dist that open from any folder of any web server. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { defineConfig } from "vite";
import { ENTRIES } from "../src/entries.mjs";
import { catalogue } from "./catalogue.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What can be chosen, as data: the page needs no algorithm, hence no TensorFlow.js, to show its form. */
const choices = {
  name: "lanewise-catalogue",
  resolveId: (id) => (id === "virtual:catalogue" ? id : undefined),
  load: (id) => (id === "virtual:catalogue" ? `export default ${JSON.stringify(catalogue())}` : undefined),
};

/** Parts that pages share: `<!--include NAME-->` is parts/NAME.html, and the link to the page itself is marked as such. */
const parts = {
  name: "lanewise-parts",
  transformIndexHtml: {
    order: "pre",
    handler: (html, { path }) =>
      html
        .replace(/<!--include (\w+)-->/g, (_, name) => readFileSync(at(`parts/${name}.html`), "utf8"))
        .replaceAll(`<a href=".${path}">`, `<a href=".${path}" aria-current="page">`),
  },
};

/** Workers as chunks of the one build, so that all of them share TensorFlow.js: by itself Vite bundles each with a copy. */
const sharedWorkers = {
  name: "lanewise-shared-workers",
  apply: "build",
  enforce: "pre",
  transform: {
    filter: { code: /new Worker\(/ },
    handler(code, id) {
      return code.replace(/(?<=new Worker\()new URL\("([^"]+)", import\.meta\.url\)/g, (_, path) => {
        const [, name] = /\/web\/([\w-]+)\.js$/.exec(path) ?? [];
        const file = name ? at(`../dist/${ENTRIES[name]}`) : fileURLToPath(new URL(path, pathToFileURL(id)));
        return `import.meta.ROLLDOWN_FILE_URL_${this.emitFile({ type: "chunk", id: file, name: name ?? basename(file, ".ts") })}`;
      });
    },
  },
};

export default defineConfig({
  root: at("."),
  base: "./",
  plugins: [choices, parts, sharedWorkers],
  server: { host: "127.0.0.1", port: Number(process.env.PORT ?? 8000), fs: { allow: [at("..")] } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    modulePreload: { resolveDependencies: (_, files, { hostType }) => (hostType === "html" ? files : []) }, // a worker has no document
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: ["index.html", "editor.html", "gallery.html"].map(at),
      output: { codeSplitting: { groups: [{ name: "tfjs", test: /@tensorflow(?!.*webgpu)/ }] } },
    },
  },
});
