/**
 * Compiles every module into ../build: NAME.wasm with four lanes, and NAME.scalar.wasm, its scalar twin, for the tests;
 * NAME.shared.wasm, the first once more for memory that threads share, where modules.mjs asks for it; and writes library.mjs there, from
 * which users' environments are built.
 * Fails if a module has a data segment (it would overwrite a heap that it shares) or is larger than its budget.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { assemblyRoot, compile } from "./compile.mjs";
import { libraryModule } from "./library.mjs";
import { bindEnvironment, environmentBudget, environments, kernels } from "./modules.mjs";

const outputFolder = join(assemblyRoot, "../build");

function* modules() {
  for (const [name, module] of Object.entries(kernels)) yield { name, files: {}, ...module };
  for (const [name, physics] of Object.entries(environments)) {
    yield { name, budget: environmentBudget, ...bindEnvironment(name, physics) };
  }
}

const VARIANTS = [
  { suffix: "", twin: "simd", target: "release" },
  { suffix: ".scalar", twin: "scalar", target: "release" },
  { suffix: ".shared", twin: "simd", target: "shared" },
];

async function build({ name, entry, budget, files, shared = false, small = false }) {
  for (const { suffix, twin, target } of VARIANTS) {
    if (target === "shared" && !shared) continue;
    const { binary, text } = await compile(entry, { twin, target: small ? "small" : target, files });
    const file = `${name}${suffix}.wasm`;
    if (/^ \(data /m.test(text)) throw new Error(`${file} has a data segment: kernels may hold no strings or static arrays`);
    if (binary.length > budget) throw new Error(`${file} takes ${binary.length} bytes; its budget is ${budget}`);
    await writeFile(join(outputFolder, file), binary);
    if (suffix === "") console.log(`${file} ${(binary.length / 1024).toFixed(1)} KiB`);
  }
}

/** TensorFlow.js's own module goes beside ours, so that pages find all of them in the same way. */
async function copyTfjs() {
  const file = "tfjs-backend-wasm-simd.wasm";
  await copyFile(createRequire(import.meta.url).resolve(`@tensorflow/tfjs-backend-wasm/dist/${file}`), join(outputFolder, file));
}

try {
  await mkdir(outputFolder, { recursive: true });
  await writeFile(join(outputFolder, "library.mjs"), await libraryModule());
  await copyTfjs();
  for (const module of modules()) await build(module);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
