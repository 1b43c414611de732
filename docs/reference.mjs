/** Makes the API reference, api.md, of the comments in what the package declares: `node docs/reference.mjs` after a build. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = new URL("./api.md", import.meta.url);
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** What can be imported, by the name that it is imported by, with where its declarations are. */
const ENTRIES = Object.entries(exports)
  .filter(([, target]) => target.types)
  .map(([name, { types }]) => [name.replace(/^\./, "lanewise"), join(root, types)]);

/** Of a signature. */
const MAX_LINES = 20;

const HEAD = `# API

What each entry of the package exports, from its own comments: \`node docs/reference.mjs\` makes this page.
`;

/** What TypeScript is to know when it reads the declarations. */
const COMPILER = {
  target: "ES2022",
  lib: ["ES2023", "DOM", "DOM.Iterable", "ESNext.Disposable"],
  module: "NodeNext",
  moduleResolution: "NodeNext",
  skipLibCheck: true,
  types: ["node"],
};

/** The page, and the names of what is exported without a comment. */
export function reference() {
  const folder = mkdtempSync(join(tmpdir(), "lanewise-api-"));
  try {
    const entries = ENTRIES.map(([name, types]) => ({ name, members: membersOf(types, join(folder, "model.json")) }));
    const undocumented = entries.flatMap(({ members }) => members.filter((member) => docOf(member) === "").map(({ name }) => name));
    return { text: HEAD + entries.map(sectionOf).join(""), undocumented };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The model of everything that a file of declarations exports, sorted by name. */
function membersOf(types, apiJsonFilePath) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: types,
      compiler: { overrideTsconfig: { compilerOptions: COMPILER, files: [types] } },
      apiReport: { enabled: false },
      docModel: { enabled: true, apiJsonFilePath },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
    },
  });
  const messageCallback = (message) => {
    message.handled = true;
  };
  Extractor.invoke(config, { localBuild: true, messageCallback });
  const [{ members }] = JSON.parse(readFileSync(apiJsonFilePath, "utf8")).members;
  return members.toSorted(byName);
}

function byName(a, b) {
  const key = ({ name, overloadIndex = 0 }) => `${name.toLowerCase()} ${overloadIndex}`;
  return key(a) < key(b) ? -1 : 1;
}

function sectionOf({ name, members }) {
  return `\n## \`${name}\`\n${members.map(memberOf).join("")}`;
}

function memberOf(member) {
  const inner = (member.members ?? []).filter(({ kind }) => kind !== "Constructor");
  const list = inner.length > 0 ? `\n${inner.map(itemOf).join("")}` : "";
  return `\n### ${member.name}\n\n\`\`\`ts\n${signatureOf(member)}\n\`\`\`\n${paragraphs(docOf(member))}${list}`;
}

/** A property or method, in a line. */
function itemOf(member) {
  const doc = docOf(member)
    .replace(/\s*\n\s*@(\w+)/g, " $1")
    .replace(/\s*\n\s*/g, " ");
  return `- \`${signatureOf(member).replace(/\s+/g, " ").replace(/;$/, "")}\`${doc ? `: ${doc}` : ""}\n`;
}

/** As it is declared; what goes over many lines is left out. */
function signatureOf({ excerptTokens }) {
  const text = excerptTokens.map((token) => token.text).join("");
  const short = text.split("\n").length > MAX_LINES ? text.replace(/\{[\s\S]*\}/, "{ … }") : text;
  return short
    .replace(/^export /, "")
    .replace(/declare /, "")
    .trim();
}

/** A comment's text, without its frame. */
function docOf({ docComment = "" }) {
  return docComment
    .replace(/^\/\*\*|\*\/\s*$/g, "")
    .replace(/^[ \t]*\* ?/gm, "")
    .replace(/\{@link ([^}]*)\}/g, "`$1`")
    .trim();
}

function paragraphs(doc) {
  return doc === "" ? "" : `\n${doc.replace(/^@param (\w+) -/gm, "- `$1`:").replace(/^@(\w+)/gm, "- $1")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, reference().text);
