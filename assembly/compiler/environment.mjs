/**
 * From an environment's source, one file of AssemblyScript, to its module: envs/driver.ts bound to the class that is its
 * physics. The library comes as texts (library.mjs), so that no files are needed.
 */
import { Node, NodeKind, newOptions, newProgram, nextDiagnostic, parse } from "assemblyscript";
import { Constants } from "./constants.mjs";
import { compileModule } from "./core.mjs";
import { readDescription, UNCOMPILED } from "./description.mjs";
import { CompileError, diagnosticAt, isError } from "./diagnostics.mjs";
import { options as compilerOptions, sources } from "./library.mjs";
import { findPhysics } from "./physics.mjs";
import { refuseForeign } from "./self-contained.mjs";
import { checkVectors } from "./vectors.mjs";

export { CompileError } from "./diagnostics.mjs";

/** The user's file among the sources; a name that none of the files beside it can have. */
const USER = "~environment";
const DRIVER = "~lib/lanewise/envs/driver.ts";
const PHYSICS = "envs/physics.ts";
/** Where asc looks for the files of `import … from "lanewise/…"`. */
const LIBRARY = /^(?:.*[\\/]node_modules[\\/]|node_modules[\\/]|~lib\/)lanewise[\\/](.*)$/;

/**
 * @param {string} source
 * @param {object} [options]
 * @param {string} [options.file] what the file is called in messages
 * @param {"simd" | "scalar"} [options.twin] four lanes (default), or the same physics one lane at a time
 * @param {(path: string) => string | null | undefined | Promise<string | null | undefined>} [options.read] the text of another file
 *   that the source imports, by its path from the source; none may be imported unless given
 * @returns {Promise<{ binary: Uint8Array, description: import("./description.mjs").Description }>}
 */
export async function compileEnvironment(source, { file = "environment.ts", twin = "simd", read = () => null } = {}) {
  const { parsed, physics, description } = understand(source, file);
  const files = { ...sources, [PHYSICS]: bindPhysics(physics, description) };
  const compiling = compileModule(DRIVER, {
    twin,
    options: compilerOptions,
    transforms: [{ afterParse: leaveOutDescription }],
    read: (path) => {
      if (path === `${USER}.ts`) return source;
      const name = LIBRARY.exec(path)?.[1];
      if (name !== undefined) return files[name.replaceAll("\\", "/")];
      return path.endsWith(".ts") ? read(path) : null; // asc would also take options from an asconfig.json
    },
  });
  const { binary, text } = await compiling.catch((error) => {
    throw error instanceof CompileError ? inWordsOf(file, error.diagnostics, error.message) : error;
  });
  refuseForeign(text, parsed, (node, message) => {
    throw inWordsOf(file, [diagnosticAt(node?.range ?? startOf(parsed), textsOf(source), message)]);
  });
  return { binary, description };
}

/** What the file says by itself; refuses it where it can't be bound. */
function understand(source, file) {
  const diagnostics = [];
  const program = newProgram(newOptions());
  parse(program, source, `${USER}.ts`, true);
  const add = (range, message, code) => diagnostics.push(diagnosticAt(range, textsOf(source), message, code));
  for (let one = nextDiagnostic(program); one; one = nextDiagnostic(program)) if (isError(one)) add(one.range, one.message, one.code);
  refuseIfAny(diagnostics, file);
  const parsed = program.sources.find(({ internalPath }) => internalPath === USER);
  const report = (node, message) => add(node?.range ?? startOf(parsed), message);
  const physics = findPhysics(parsed, report);
  const constants = new Constants(parsed);
  const description = readDescription(constants, report);
  refuseIfAny(diagnostics, file);
  checkVectors(physics, constants, description, report);
  refuseIfAny(diagnostics, file);
  return { parsed, physics: physics.name.text, description };
}

function bindPhysics(physics, { observationSpace, actionSpace }) {
  return `export { ${physics} as Physics } from "../../../${USER}";
export const OBSERVATION_SIZE: i32 = ${observationSpace.low.length};
export const ACTION_SIZE: i32 = ${actionSpace.kind === "box" ? actionSpace.low.length : 1};
export const DISCRETE: bool = ${actionSpace.kind === "discrete"};
`;
}

/** Texts and lists would lie in data segments: `@lazy` keeps those of the description out unless the physics uses them. */
function leaveOutDescription({ sources: parsed }) {
  const source = parsed.find(({ internalPath }) => internalPath === USER);
  const declarations = source.statements.flatMap(({ kind, declarations }) => (kind === NodeKind.Variable ? declarations : []));
  for (const declaration of declarations) {
    if (!UNCOMPILED.includes(declaration.name.text)) continue;
    const name = Node.createIdentifierExpression("lazy", declaration.range, false);
    declaration.decorators = [...(declaration.decorators ?? []), Node.createDecorator(name, null, declaration.range)];
  }
}

function refuseIfAny(diagnostics, file) {
  if (diagnostics.length > 0) throw inWordsOf(file, diagnostics);
}

/** @param {string} [failure] what to say if nothing is known but that it failed */
function inWordsOf(file, diagnostics, failure = "") {
  const named = diagnostics.map((one) => ({
    ...one,
    file: one.file === `${USER}.ts` ? file : one.file.replace("~lib/", ""),
    message: one.message.replaceAll(`${USER}/`, "").replaceAll("~lib/", ""),
  }));
  return new CompileError(named.map(formatDiagnostic).join("\n") || failure, named);
}

/** `my-env.ts:12:15: Cannot find name 'foo'. (TS2304)` */
function formatDiagnostic({ file, line, column, message, code }) {
  return `${file}:${line}:${column}: ${message}${code && ` (${code})`}`;
}

const textsOf = (source) => new Map([[`${USER}.ts`, source]]);
const startOf = (parsed) => ({ start: 0, source: parsed });
