/** The demo: a dev server, and static files in demo/dist that open from any folder of any web server. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
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

export default defineConfig({
  root: at("."),
  base: "./",
  plugins: [choices, parts],
  server: { host: "127.0.0.1", port: Number(process.env.PORT ?? 8000), fs: { allow: [at("..")] } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { input: ["index.html", "editor.html", "gallery.html"].map(at) },
  },
});
