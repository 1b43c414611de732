/** Text as HTML: what is filled in is escaped, unless it is HTML already. */

/** A piece of HTML. */
export class Html {
  constructor(readonly text: string) {}
}

type Filling = Html | string | number | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function html(strings: TemplateStringsArray, ...fillings: readonly Filling[]): Html {
  return new Html(strings.map((text, i) => text + (i < fillings.length ? filled(fillings[i] as Filling) : "")).join(""));
}

function filled(value: Filling): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(filled).join("\n");
  return String(value).replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** What is HTML already. */
export function raw(text: string): Html {
  return new Html(text);
}

/** A script or a value within one: nothing in it ends the element that holds it. */
export function inScript(code: string): Html {
  return new Html(code.replace(/<(?=\/script|!--)/gi, "\\u003c"));
}
