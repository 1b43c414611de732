/**
 * Compiles every module into ../build: NAME.wasm with four lanes, and NAME.scalar.wasm, its scalar twin, for the tests;
 * and writes library.mjs there, from which users' environments are built.
 * Fails if a module has a data segment (it would overwrite a heap that it shares) or is larger than its budget.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assemblyRoot, compile } from "./compile.mjs";
import { libraryModule } from "./library.mjs";
import { bindEnvironment, environmentBudget, environments, kernels } from "./modules.mjs";

const outputFolder = join(assemblyRoot, "../build");

function* modules() {
  for (const [name, { entry, budget }] of Object.entries(kernels)) yield { name, entry, budget, files: {} };
  for (const [name, physics] of Object.entries(environments)) {
    yield { name, budget: environmentBudget, ...bindEnvironment(name, physics) };
  }
}

async function build({ name, entry, budget, files }) {
  for (const twin of ["simd", "scalar"]) {
    const { binary, text } = await compile(entry, { twin, files });
    if (/^ \(data /m.test(text)) throw new Error(`${name} (${twin}) has a data segment: kernels may hold no strings or static arrays`);
    if (binary.length > budget) throw new Error(`${name} (${twin}) takes ${binary.length} bytes; its budget is ${budget}`);
    const suffix = twin === "simd" ? "" : ".scalar";
    await writeFile(join(outputFolder, `${name}${suffix}.wasm`), binary);
    if (twin === "simd") console.log(`${name}.wasm ${(binary.length / 1024).toFixed(1)} KiB`);
  }
}

try {
  await mkdir(outputFolder, { recursive: true });
  await writeFile(join(outputFolder, "library.mjs"), await libraryModule());
  for (const module of modules()) await build(module);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
