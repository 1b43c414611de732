/** Elements of the page by their ids. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} "${id}"`);
}

export const button = (id: string) => element(id, HTMLButtonElement);

/** Tells everyone what happens; screen readers too. */
export function say(text: string, isFailure = false): void {
  const status = element("status", HTMLElement);
  status.textContent = text;
  status.classList.toggle("failure", isFailure);
}
