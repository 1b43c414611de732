/** The program in Node: `node … <function> <its arguments as JSON>` prints what it returns. */
import * as program from "./program.js";

const [name = "", given = "[]"] = process.argv.slice(2);
const functions: Readonly<Record<string, (...args: never[]) => Promise<unknown>>> = program;
process.stdout.write(JSON.stringify(await functions[name]?.(...(JSON.parse(given) as never[]))));
