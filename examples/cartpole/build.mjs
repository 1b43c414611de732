/** `node examples/cartpole/build.mjs RUN [PAGE.html]` writes one page, policy inside, that plays from disk. */
import { readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { exportPolicy, loadPolicy } from "../../dist/index.js";

const at = (name) => fileURLToPath(new URL(name, import.meta.url));

async function writePage(run, out) {
  const policy = await loadPolicy(join(run, "policy.safetensors"));
  const { environment } = policy.header;
  if (environment !== "CartPole-v1") throw new Error(`${run} plays ${environment}; train one for CartPole-v1`);
  const { files } = await exportPolicy(policy, "js");
  const script = await bundled(files.get("policy.js"));
  const template = await readFile(at("page.html"), "utf8");
  const page = template.replace('<script type="module" src="play.js"></script>', () => `<script type="module">\n${script}</script>`);
  await writeFile(out, page);
  console.log(`${out}: ${page.length.toLocaleString("en-GB")} bytes`);
}

/** play.js and all that it imports, the policy among it. */
async function bundled(policy) {
  const inject = {
    name: "policy",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^policy$/ }, () => ({ path: "policy", namespace: "policy" }));
      onLoad({ filter: /./, namespace: "policy" }, () => ({ contents: policy }));
    },
  };
  const options = { bundle: true, minify: true, write: false, format: "esm", target: "es2022", legalComments: "none" };
  const { outputFiles } = await build({ entryPoints: [at("play.js")], plugins: [inject], ...options });
  return outputFiles[0].text;
}

const [run, out = `${basename(resolve(run ?? ""))}.html`] = process.argv.slice(2);
try {
  if (run === undefined) throw new Error("name the folder of a run: node examples/cartpole/build.mjs runs/ppo_CartPole-v1_0");
  await writePage(run, out);
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
