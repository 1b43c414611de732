/** The house rules of the code: who imports whom, what decides a training run, what stays small. */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** From the ground up. A file imports its own floor and lower ones. */
const FLOORS = ["core", "wasm", "envs", "rollout", "nn", "algos", "run", "cli"] as const;
/** Side wings: the floors that they stand on, and the lowest floor that may use them. */
const WINGS: Readonly<Record<string, { readonly on: readonly string[]; readonly below: (typeof FLOORS)[number] }>> = {
  policy: { on: ["core", "wasm"], below: "run" }, // for the edge
  deploy: { on: ["core", "wasm", "policy"], below: "run" }, // exports of policies
  build: { on: ["core", "wasm", "envs"], below: "cli" }, // brings a compiler along
};
/** Single files above the floors. */
const TOPS: Readonly<Record<string, readonly string[]>> = {
  "src/cli.ts": [...FLOORS, ...Object.keys(WINGS)],
  "src/index.ts": [...FLOORS.slice(0, -1), "policy", "deploy"],
  "src/algorithm.ts": FLOORS.slice(0, -2),
  "src/node.ts": ["run"],
};
/** Packages, and the only places that may import them. The compiler is a package in all but name. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  "@tensorflow/": ["nn", "algos"],
  comlink: ["run"],
  commander: ["cli"],
  echarts: ["run"],
  webgpu: ["nn"],
  "assembly/compiler/": ["build"],
};
/** Floors whose arithmetic decides a training run. */
const DECIDING: readonly string[] = ["core", "wasm", "envs", "rollout", "nn", "algos"];

const MAX_LINES = 400;

interface Import {
  /** As written, or for files of ours their path from the root. */
  readonly target: string;
  readonly isStatic: boolean;
}

interface Source {
  /** From the root: "src/envs/registry.ts". */
  readonly path: string;
  /** The folder under src/, or undefined for files beside them. */
  readonly floor: string | undefined;
  readonly text: string;
  /** The text without comments, and with strings emptied. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const TOKENS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|\$\{[^{}]*\}|[^`\\])*`/g;

function withoutComments(text: string): string {
  return text.replace(TOKENS, (token) => (token.startsWith("/") ? " " : token));
}

/** Templates keep what is computed in them. */
function codeOf(text: string): string {
  return text.replace(TOKENS, (token) => {
    if (token.startsWith("/")) return " ";
    return token.startsWith("`") ? [...token.matchAll(/\$\{([^{}]*)\}/g)].map(([, code]) => `(${code})`).join() || '""' : '""';
  });
}

function importsOf(path: string, text: string): Import[] {
  const code = withoutComments(text);
  const found = [
    ...[...code.matchAll(/^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/gm)].map(([, target]) => ({ target, isStatic: true })),
    ...[...code.matchAll(/^\s*import\s*["']([^"']+)["']/gm)].map(([, target]) => ({ target, isStatic: true })),
    ...[...code.matchAll(/\bimport\(\s*["'`]([^"'`]+)["'`]/g)].map(([, target]) => ({ target, isStatic: false })),
  ] as Import[];
  return found.map(({ target, isStatic }) => ({
    target: target.startsWith(".") ? normalize(join(dirname(path), target)).replace(/\.js$/, ".ts") : target,
    isStatic,
  }));
}

function sourcesIn(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts"))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name).slice(root.length);
      const text = readFileSync(join(root, path), "utf8");
      const [, floor] = /^src\/([^/]+)\//.exec(path) ?? [];
      return { path, floor, text, code: codeOf(text), imports: importsOf(path, text) };
    });
}

const sources = sourcesIn("src");
const kernels = sourcesIn("assembly");
const floorOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1];

/** Every place where `isBad` finds something to say, as "file: what". */
function offences(files: readonly Source[], isBad: (source: Source) => readonly string[]): string[] {
  return files.flatMap((source) => isBad(source).map((what) => `${source.path}: ${what}`));
}

const matches = (code: string, pattern: RegExp) => [...code.matchAll(pattern)].map(([match]) => match);

/** The floors that a file may import. */
function allowedFor({ path, floor }: Source): readonly string[] {
  if (floor === undefined) return TOPS[path] ?? [];
  if (WINGS[floor]) return [...WINGS[floor].on, floor];
  const level = FLOORS.indexOf(floor as (typeof FLOORS)[number]);
  const wings = Object.keys(WINGS).filter((name) => level >= FLOORS.indexOf(WINGS[name]?.below ?? "cli"));
  return [...FLOORS.slice(0, level + 1), ...wings];
}

describe("what this test reads", () => {
  it("is all of src, and its imports", () => {
    const known = new Set<string | undefined>([undefined, ...FLOORS, ...Object.keys(WINGS)]);
    expect(offences(sources, ({ floor }) => (known.has(floor) ? [] : ["is on no known floor"]))).toEqual([]);
    expect(FLOORS.filter((floor) => !sources.some((source) => source.floor === floor))).toEqual([]);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(sources.length);
    expect(sources.find(({ path }) => path === "src/algos/ppo.ts")?.imports).toContainEqual({ target: "@tensorflow/tfjs", isStatic: true });
    expect(sources.find(({ path }) => path === "src/core/thread.ts")?.imports).toContainEqual({
      target: "node:worker_threads",
      isStatic: false,
    });
    expect(kernels.map(({ path }) => path)).toContain("assembly/envs/cartpole.ts");
  });

  it("tells code from comments and strings", () => {
    const template = "`x $" + "{Math.exp(1)} y`";
    expect(codeOf(`a("Math.sin"); // Math.cos\n/* Math.tan */ ${template}`)).toBe('a("");  \n  (Math.exp(1))');
    expect(
      importsOf("src/run/x.ts", 'import {\n  a,\n} from "../core/a.js";\nexport * from "./b.js";\nawait import("c"); // from "d"'),
    ).toEqual([
      { target: "src/core/a.ts", isStatic: true },
      { target: "src/run/b.ts", isStatic: true },
      { target: "c", isStatic: false },
    ]);
  });
});

describe("imports", () => {
  it("lead to files that exist", () => {
    const known = new Set(sources.map(({ path }) => path));
    const lost = ({ imports }: Source) => imports.map(({ target }) => target).filter((to) => to.startsWith("src/") && !known.has(to));
    expect(offences(sources, lost)).toEqual([]);
  });

  it("go to the same floor or down, never up", () => {
    const upward = (source: Source) =>
      source.imports.map(({ target }) => target).filter((to) => to.startsWith("src/") && !allowedFor(source).includes(floorOf(to) ?? to));
    expect(offences(sources, upward)).toEqual([]);
  });

  it("never go round in circles", () => {
    const edges = new Map(
      sources.map(({ path, text }) => [
        path,
        importsOf(path, text.replace(/^\s*(?:import|export) type [^;]*;/gm, "")).map(({ target }) => target),
      ]),
    );
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      if (done.has(path) || trail.includes(path)) return;
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(circles).toEqual([]);
  });

  it("reach for packages only where these are at home", () => {
    const isAtHome = (to: string, { path, floor }: Source) => {
      const [, homes = []] = Object.entries(HOMES).find(([name]) => to.startsWith(name)) ?? [];
      return homes.includes(floor ?? path.replace(/^src\/(.*)\.ts$/, "$1"));
    };
    const strangers = (source: Source) =>
      source.imports.map(({ target }) => target).filter((to) => !/^(src\/|node:)/.test(to) && !isAtHome(to, source));
    expect(offences(sources, strangers)).toEqual([]);
  });

  it("of Node's own modules are left to the upper floors, or made only where there is a file to read", () => {
    const isNode = (target: string) => target.startsWith("node:") || builtinModules.includes(target);
    const nodeBound = ({ floor, imports }: Source) =>
      ["run", "cli", undefined].includes(floor)
        ? []
        : imports.filter(({ target, isStatic }) => isStatic && isNode(target)).map(({ target }) => target);
    expect(offences(sources, nodeBound)).toEqual([]);
  });

  it("of the edge's entry reach no package at all", () => {
    const bySource = new Map(sources.map((source) => [source.path, source]));
    const reached = new Set<string>();
    const follow = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const { target } of bySource.get(path)?.imports ?? []) follow(target);
    };
    follow("src/policy/index.ts");
    expect([...reached].filter((target) => !target.startsWith("src/") && !target.startsWith("node:"))).toEqual([]);
    expect(reached.has("src/wasm/tfjs.ts")).toBe(false);
    expect(reached.size).toBeGreaterThan(5);
  });

  const isAlgorithm = ({ floor, code }: Source) => floor === "algos" && /=\s*defineAlgorithm\(/.test(code);
  const algorithms = sources.filter(isAlgorithm).map(({ path }) => path);

  it("of the registry lead to every algorithm, and nowhere else", () => {
    const registry = sources.find(({ path }) => path === "src/algos/registry.ts") as Source;
    expect(registry.imports.map(({ target }) => target).sort()).toEqual([...algorithms].sort());
  });

  it("of tuned options lead to others at most: they are data", () => {
    const presets = sources.filter(({ path }) => path.startsWith("src/algos/presets/"));
    expect(presets.length).toBeGreaterThan(5);
    const strays = ({ imports }: Source) => imports.map(({ target }) => target).filter((to) => !to.startsWith("src/algos/presets/"));
    expect(offences(presets, strays)).toEqual([]);
  });

  it("of one algorithm never lead to another", () => {
    expect(algorithms).toContain("src/algos/ppo.ts");
    const users = sources.filter(({ floor, path }) => floor === "algos" && path !== "src/algos/registry.ts");
    expect(offences(users, ({ imports }) => imports.map(({ target }) => target).filter((to) => algorithms.includes(to)))).toEqual([]);
  });
});

describe("kernels", () => {
  const targets = ({ path, text }: Source) => importsOf(path, text).map(({ target }) => target);

  it("know nothing of TypeScript, or of anything beyond lanes and their own kind", () => {
    const allowed: Readonly<Record<string, RegExp>> = {
      lanes: /^assembly\/lanes\//,
      envs: /^assembly\/(lanes|envs)\//,
      nn: /^assembly\/(lanes|nn)\//,
      replay: /^assembly\/(lanes|nn|replay)\//,
      returns: /^assembly\/(lanes|returns)\//,
    };
    const strays = (source: Source) => {
      const [, folder] = /^assembly\/([^/]+)\//.exec(source.path) ?? [];
      return targets(source).filter((to) => (folder && allowed[folder] ? !allowed[folder].test(to) : to.startsWith("src/")));
    };
    expect(offences(kernels, strays)).toEqual([]);
  });

  it("of one environment never import another's", () => {
    const environments = kernels.filter(
      ({ path, text }) => path.startsWith("assembly/envs/") && /^@lanes\s*\n@unmanaged\s*\nexport class/m.test(text),
    );
    expect(environments.map(({ path }) => path)).toContain("assembly/envs/cartpole.ts");
    expect(offences(environments, (source) => targets(source).filter((to) => to.startsWith("assembly/envs/")))).toEqual([]);
  });
});

describe("the code of src", () => {
  it("computes nothing that decides a run by the host's elementary functions or random numbers", () => {
    const exact = "abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc|[A-Z][A-Z0-9_]*"; // the same bits on every host
    const inexact = new RegExp(`\\bMath\\s*(?:\\.\\s*(?!(?:${exact})\\b)\\w+|\\[)`, "g");
    expect(matches("Math.sin(x) + Math.floor(x) + Math.PI + Math.maximum", inexact)).toEqual(["Math.sin", "Math.maximum"]);
    const deciding = sources.filter(({ floor }) => DECIDING.includes(floor ?? ""));
    expect(offences(deciding, ({ code }) => matches(code, inexact))).toEqual([]);
    expect(offences(deciding, ({ code }) => matches(code, /\*\*=?\s*(?!-?\d+\b(?!\.))\S+/g))).toEqual([]); // powers but whole ones
    expect(offences(deciding, ({ code }) => matches(code, /\bcrypto\b|\bDate\.now\b|\bnew Date\b/g))).toEqual([]);
  });

  it("touches no page", () => {
    const dom =
      "document|window|navigator|localStorage|sessionStorage|requestAnimationFrame|HTML[A-Z]\\w*|SVG[A-Z]\\w*Element|OffscreenCanvas";
    const touched = (code: string) => {
      const own = [...code.matchAll(new RegExp(`(?:[(,]|\\b(?:const|let)\\s)\\s*(${dom})\\s*[:=]`, "g"))].map(([, name]) => name);
      return matches(code, new RegExp(`(?<!\\btypeof )\\b(?:${dom})\\b`, "g")).filter((name) => !own.includes(name)); // asking for the host is fine
    };
    expect(touched("window.x; windows; HTMLCanvasElement; typeof document")).toEqual(["window", "HTMLCanvasElement"]);
    expect(touched("function f(window: number[]) { window.push(1); document.title }")).toEqual(["document"]);
    const isGpu = (path: string, name: string) => path === "src/nn/backends/webgpu.ts" && name === "navigator"; // where hosts have WebGPU
    expect(offences(sources, ({ path, code }) => touched(code).filter((name) => !isGpu(path, name)))).toEqual([]);
  });

  it("has no `any`", () => {
    expect(offences(sources, ({ code }) => matches(code, /(?::|\bas|<|\|)\s*any\b/g))).toEqual([]);
  });

  it("exports by name only", () => {
    expect(offences(sources, ({ code }) => matches(code, /^export default\b/gm))).toEqual([]);
  });

  it(`keeps each file at ${MAX_LINES} lines or less, and says in the first what it is`, () => {
    expect(
      offences(sources, ({ text }) => (text.split("\n").length > MAX_LINES + 1 ? [`${text.split("\n").length - 1} lines`] : [])),
    ).toEqual([]);
    expect(offences(sources, ({ text }) => (/^(#!.*\n)?\/\*\*/.test(text) ? [] : ["its first line is no comment"]))).toEqual([]);
  });

  it.each(["src/index.ts", "src/node.ts"])("has a public face without code: %s", (path) => {
    const face = sources.find((source) => source.path === path) as Source;
    expect(
      withoutComments(face.text)
        .replace(/export (type )?\{[^}]*\} from "[^"]+";|export \* from "[^"]+";/g, "")
        .trim(),
    ).toBe("");
  });
});
