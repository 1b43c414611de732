/** What environments are built from, as assembly/build.mjs has written it. */
export { options, sources, template } from "../../build/library.mjs";
