/** Time that never runs backwards, whatever is done to the host's clock. */

let latest = 0;
/** What the host's clock has fallen back by, all in all. */
let lost = 0;

/** Milliseconds since some moment. Where the host's clock falls back no time passes, and from there on it counts as before. */
export function now(): number {
  const read = performance.now() + lost;
  if (read < latest) lost += latest - read;
  latest = Math.max(latest, read);
  return latest;
}
