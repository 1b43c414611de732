/** The source of an environment to begin with. Apart from index.ts, so that who only wants it doesn't load the compiler. */
import { template } from "../../assembly/compiler/library.mjs";
import { ensure } from "../core/errors.js";

/**
 * The source of an environment to begin with.
 * @param name letters, digits and hyphens: "my-env", which gets the id "MyEnv-v0"
 */
export function environmentTemplate(name: string): string {
  ensure(/^[a-z]\w*(-\w+)*$/i.test(name), () => `"${name}" is no name for an environment: write letters, digits and hyphens, as in my-env`);
  const id = name.replace(/(?:^|-)(.)/g, (_, first: string) => first.toUpperCase());
  return template.replaceAll("MyEnv", id).replaceAll("my-env", name);
}
