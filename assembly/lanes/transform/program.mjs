/**
 * Finds the declarations that lanes code names, in its own file and through imports and re-exports, and reads their
 * types. All files are parsed when `afterParse` runs, so this needs no order.
 */
import { CommonFlags, LiteralKind, NodeKind, Token } from "assemblyscript";
import { BOOL, F64, INT, insideLanes, namedType, UNKNOWN, VOID } from "./types.mjs";

/** @typedef {{ node?: object, module?: object, source: object }} Found a declaration, or a whole module; with its file */
/** @typedef {{ parameters: { type: import("./types.mjs").Type, node: object }[], returns: import("./types.mjs").Type }} Signature */

const DECLARATIONS = new Set([
  NodeKind.FunctionDeclaration,
  NodeKind.ClassDeclaration,
  NodeKind.InterfaceDeclaration,
  NodeKind.EnumDeclaration,
  NodeKind.TypeDeclaration,
  NodeKind.NamespaceDeclaration,
]);

export const hasFlag = (declaration, flag) => (declaration.flags & flag) !== 0;

/** Whether `@name` stands on a declaration. */
export const hasDecorator = (declaration, name) => declaration.decorators?.some((decorator) => decorator.name.text === name) ?? false;

export class Program {
  /** @param {object[]} sources all parsed files */
  constructor(sources) {
    this.sources = new Map(sources.map((source) => [source.internalPath, source]));
    this.scopes = new Map();
    this.signatures = new Map();
    this.fieldTypes = new Map();
    /** Functions and classes under `@lanes`; methods of the latter. */
    this.lanes = new Set();
    /** Classes that extend others, of all files. @type {Found[]} */
    this.subclasses = sources.flatMap((source) => [...this.scope(source).values()]).filter(({ node }) => node?.extendsType);
    /** Names of classes that others extend: a call of their methods may reach an override. */
    this.extended = new Set(this.subclasses.map(({ node }) => node.extendsType.name.identifier.text));
  }

  /** The class that a class extends. @returns {Found | undefined} */
  base({ node, source }) {
    return node.extendsType && this.lookup(node.extendsType.name.identifier.text, source);
  }

  /** What the names of a file's top level stand for. */
  scope(source) {
    const known = this.scopes.get(source);
    if (known) return known;
    const scope = new Map(source.statements.flatMap((statement) => entries(statement, source)));
    this.scopes.set(source, scope);
    return scope;
  }

  /** @returns {Found | undefined} */
  lookup(name, source) {
    const entry = this.scope(source).get(name);
    if (!entry?.path) return entry;
    if (entry.foreignName !== undefined) return this.exported(entry.foreignName, entry.path, new Set());
    const module = this.file(entry.path);
    return module && { module, source };
  }

  /** What a name stands for in `import * as module`. @returns {Found | undefined} */
  inModule(name, module) {
    return this.exported(name, module.internalPath, new Set());
  }

  file(path) {
    return this.sources.get(path) ?? this.sources.get(`${path}/index`);
  }

  /** @returns {Found | undefined} */
  exported(name, path, seen) {
    const source = this.file(path);
    if (!source || seen.has(source)) return undefined;
    seen.add(source);
    for (const statement of source.statements) {
      const found = this.exportedBy(statement, name, source, seen);
      if (found) return found;
    }
    const own = this.scope(source).get(name);
    return own?.node && own;
  }

  exportedBy(statement, name, source, seen) {
    if (statement.kind === NodeKind.ExportDefault && name === "default") return { node: statement.declaration, source };
    if (statement.kind !== NodeKind.Export) return undefined;
    if (!statement.members) return this.exported(name, statement.internalPath, seen);
    const member = statement.members.find(({ exportedName }) => exportedName.text === name);
    if (!member) return undefined;
    const localName = member.localName.text;
    return statement.internalPath ? this.exported(localName, statement.internalPath, new Set()) : this.lookup(localName, source);
  }

  /** A member of a class or of the classes that it extends. */
  member(found, name, accepts) {
    const node = found.node.members.find((member) => member.name?.text === name && accepts(member));
    if (node) return { node, owner: found.node, source: found.source };
    const base = this.base(found);
    return base?.node?.members && this.member(base, name, accepts);
  }

  /** @returns {import("./types.mjs").Type} */
  typeOf(node, source, typeParameters) {
    if (!node || node.kind !== NodeKind.NamedType) return UNKNOWN;
    const { identifier, next } = node.name;
    const name = identifier.text;
    if (typeParameters?.some((parameter) => parameter.name.text === name)) return { kind: "parameter", lane: false, name };
    const found = this.lookup(name, source);
    if (next) return found?.module ? this.declaredType(this.inModule(next.identifier.text, found.module)) : UNKNOWN;
    return found ? this.declaredType(found) : (namedType(name) ?? UNKNOWN);
  }

  declaredType(found) {
    if (!found?.node || found.node.typeParameters?.length) return UNKNOWN;
    if (found.node.kind === NodeKind.TypeDeclaration) return this.typeOf(found.node.type, found.source);
    if (found.node.kind === NodeKind.EnumDeclaration) return INT;
    if (found.node.kind !== NodeKind.ClassDeclaration) return UNKNOWN;
    return { kind: "class", lane: false, declaration: found.node, source: found.source };
  }

  /** The type of a module variable or a field, as declared; of an unannotated one only what its literal says. */
  variableType(declaration, source) {
    const known = this.fieldTypes.get(declaration);
    if (known) return known;
    return declaration.type ? this.typeOf(declaration.type, source) : literalType(declaration.initializer);
  }

  /** The signature as lanes code sees it: per lane inside `@lanes`, uniform outside. @returns {Signature} */
  signature(declaration, source) {
    const known = this.signatures.get(declaration);
    if (known) return known;
    const { parameters, returnType } = declaration.signature;
    const read = (node) => {
      const type = this.typeOf(node, source, declaration.typeParameters);
      return this.lanes.has(declaration) ? insideLanes(type) : type;
    };
    const signature = {
      parameters: parameters.map((parameter) => ({ type: read(parameter.type), node: parameter })),
      returns: hasFlag(declaration, CommonFlags.Set) ? VOID : read(returnType),
    };
    this.signatures.set(declaration, signature);
    return signature;
  }
}

function entries(statement, source) {
  if (statement.kind === NodeKind.ExportDefault) return entries(statement.declaration, source);
  if (statement.kind === NodeKind.Variable) return statement.declarations.map((node) => [node.name.text, { node, source }]);
  if (statement.kind === NodeKind.Import) return importEntries(statement);
  return DECLARATIONS.has(statement.kind) ? [[statement.name.text, { node: statement, source }]] : [];
}

function importEntries({ declarations, namespaceName, internalPath: path }) {
  if (namespaceName) return [[namespaceName.text, { path }]];
  return (declarations ?? []).map(({ name, foreignName }) => [name.text, { path, foreignName: foreignName.text }]);
}

/** asc infers i32, bool or f64 from a lone literal; anything longer asks for an annotation. */
function literalType(initializer) {
  if (initializer?.kind === NodeKind.True || initializer?.kind === NodeKind.False) return BOOL;
  const isNegated = initializer?.kind === NodeKind.UnaryPrefix && initializer.operator === Token.Minus;
  const literal = isNegated ? initializer.operand : initializer;
  if (!literal?.isNumericLiteral) return UNKNOWN;
  return literal.literalKind === LiteralKind.Integer ? INT : F64;
}
