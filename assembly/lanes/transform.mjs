/**
 * The compiler transform behind `@lanes`: scalar AssemblyScript in, four-lane SIMD out, under the same names.
 * The same source compiled without it is the scalar twin: each lane computes what the twin computes, to the bit
 * (but for the sign and payload of a NaN, which WebAssembly leaves open). Literals are typed as asc types them there.
 *
 * `@lanes` stands on functions and on classes. Inside it f32 is a number per lane and bool a condition per lane, a mask;
 * integers and objects are uniform, the same for all lanes.
 *
 * | scalar source                             | becomes                                                              |
 * |-------------------------------------------|----------------------------------------------------------------------|
 * | f32, bool: fields, parameters, locals …   | v128                                                                 |
 * | + - * /, += -= *= /=, unary -             | f32x4.add …                                                          |
 * | < <= > >= == !=                           | f32x4.lt …, a mask; == and != of masks are not(xor) and xor          |
 * | && \|\| !                                 | v128.and, or, not; a uniform left side decides for all lanes         |
 * | condition ? a : b, select(a, b, c)        | v128.bitselect; a branch if the condition is uniform                 |
 * | literals, constants, uniform numbers      | f32x4.splat                                                          |
 * | f32(i), <f32>i, i as f32 of an integer    | f32x4.splat(f32(i))                                                  |
 * | abs ceil floor max min nearest sqrt trunc | f32x4.abs …; so do `abs<f32>`, `f32.abs` and `Mathf.abs`             |
 * | copysign(x, y), isNaN(x)                  | v128.bitselect, f32x4.ne(x, x)                                       |
 * | load<f32>(p), store<f32>(p, x)            | v128.load, v128.store                                                |
 * | sizeof<f32>()                             | sizeof<v128>(), so that `i * sizeof<f32>()` is right in both         |
 * | calls of @lanes functions and methods     | the same calls                                                       |
 * | calls of generic functions, `f<T>(x: T)`  | the same with T = v128: they branch on `isVector<T>()`               |
 * | calls of other functions, with uniforms   | the same calls, their f32 splat where it meets lanes                 |
 * | if for while do switch return break …     | the same, on uniform conditions; `any(mask)` of a generic any is one |
 *
 * All else is refused, with an error at its place that says what to write instead. Not checked is what stands at an
 * address: an integer loaded from where lanes stand is the first lane's, and a pointer must have been counted in
 * `sizeof<f32>()` or `offsetof` before it comes here.
 */
import { DiagnosticCode, NodeKind } from "assemblyscript";
import { refuseSubclasses, rewriteClass } from "./transform/classes.mjs";
import { rewriteFunction } from "./transform/functions.mjs";
import { RESERVED } from "./transform/nodes.mjs";
import { hasDecorator, Program } from "./transform/program.mjs";

/** Not derived from asc's Transform, an empty class in a file that asc's own import map for web pages leaves out. */
export default class LanesTransform {
  /** Runs when all files are parsed, and before asc looks at a single name. */
  afterParse(parser) {
    const report = (range, message) => parser.error(DiagnosticCode.User_defined_0, range, message);
    const program = new Program(parser.sources);
    const marked = parser.sources.flatMap((source) => markedDeclarations(source, report));
    for (const { node, source } of marked) survey(program, node, source);
    refuseSubclasses(program, report);
    for (const { node, source } of marked) rewrite(program, node, source, report);
  }
}

/** Functions and classes under `@lanes`, with their files. */
function markedDeclarations(source, report) {
  const marked = declarations(source.statements, report).filter((node) => hasDecorator(node, "lanes"));
  for (const node of marked) refusePlace(node, report);
  return marked.filter(isCode).map((node) => ({ node, source }));
}

const isCode = ({ kind }) => kind === NodeKind.FunctionDeclaration || kind === NodeKind.ClassDeclaration;

function refusePlace(node, report) {
  if (!isCode(node)) report(node.name.range, "@lanes stands on functions and classes only: constants are widened where they are used");
  if (hasDecorator(node, "global"))
    report(node.name.range, "@lanes code is found by its imports: leave @global out, and import it where it is used");
}

function declarations(statements, report) {
  return statements.flatMap((statement) => {
    if (statement.kind === NodeKind.ExportDefault) return declarations([statement.declaration], report);
    if (statement.kind === NodeKind.Variable) return statement.declarations;
    if (statement.members) refuseInside(statement, report);
    return statement.name ? [statement] : [];
  });
}

/** A class is widened whole, and a namespace is no place to look in. */
function refuseInside({ members }, report) {
  for (const node of declarations(members, report)) {
    if (!hasDecorator(node, "lanes")) continue;
    report(node.name.range, "@lanes does not stand inside a class or namespace: put it on the class, or move this to the top of the file");
  }
}

/** Remembers which types are per lane, before rewriting hides what they were. */
function survey(program, node, source) {
  program.lanes.add(node);
  if (node.kind === NodeKind.FunctionDeclaration) {
    program.signature(node, source);
    return;
  }
  for (const member of node.members) {
    if (member.kind === NodeKind.FieldDeclaration) {
      program.fieldTypes.set(member, program.variableType(member, source));
    } else if (member.signature) {
      program.lanes.add(member);
      program.signature(member, source);
    }
  }
}

function rewrite(program, node, source, report) {
  const hidden = RESERVED.find((name) => program.scope(source).has(name));
  if (hidden) report(node.name.range, `this file declares ${hidden}, a name that rewritten lanes code uses: choose another`);
  if (node.kind === NodeKind.FunctionDeclaration) rewriteFunction(program, node, source, undefined, report);
  else rewriteClass(program, node, source, report);
}
