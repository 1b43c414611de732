/** What a report looks like: light and dark, on desks and in hands, on paper. */
import { COLORS, DARK_RULES } from "../chart.js";

const { paper, ink, grid } = COLORS;

export const STYLE = `
:root { color-scheme: light dark; --paper: ${paper.light}; --ink: ${ink.light}; --line: ${grid.light}; --panel: #f6f8fa; --muted: #59636e;
  --accent: #c4500c; --body: #2f4858; --faint: #d1d9e0; --good: #15803c; --bad: #b42318; --differs: #fff4d6; }
@media (prefers-color-scheme: dark) { :root { --paper: ${paper.dark}; --ink: ${ink.dark}; --line: ${grid.dark}; --panel: #161b22;
  --muted: #9198a1; --accent: #f0883e; --body: #9db8c9; --faint: #30363d; --good: #4cc27a; --bad: #f0786c; --differs: #3a2f10; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 74rem; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 0.3rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 0.6rem; padding-top: 1.2rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.8rem 0 0.6rem; }
p { margin: 0.4rem 0; max-width: 46rem; }
.lead, .note, figcaption, footer, small { color: var(--muted); }
figure { margin: 0; }
figcaption { font-size: 0.875rem; max-width: 46rem; }
svg { display: block; width: 100%; height: auto; }
.narrow { display: none; }
@media (max-width: 40rem) { .wide { display: none; } .narrow { display: block; } }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; list-style: none; margin: 0.3rem 0; padding: 0; color: var(--ink); }
.key { display: inline-block; width: 1.4em; height: 0.2em; margin-right: 0.4em; vertical-align: 0.25em; background: var(--light); }
.dashed { background: none; border-top: 1px dashed var(--ink); height: 0; }
@media (prefers-color-scheme: dark) { .key { background: var(--dark); } .dashed { background: none; } }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); gap: 1.2rem; }
.multiples figcaption { color: var(--ink); font-family: ui-monospace, Menlo, Consolas, monospace; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible, select:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.8rem 0.3rem 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { color: var(--muted); font-weight: 500; }
tbody th { font-weight: 500; }
th:first-child, .path { text-align: left; }
.path { white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
.settings th, .settings td { text-align: left; }
.settings td { white-space: normal; overflow-wrap: anywhere; min-width: 8rem; }
.summary { background: var(--panel); font-weight: 600; }
.differs { background: var(--differs); }
.differs td { font-weight: 600; }
.mark { margin-left: 0.4em; padding: 0 0.4em; border: 1px solid currentColor; border-radius: 1em; font-size: 0.75rem; font-weight: 400; }
.replay { max-width: 40rem; }
.replay label { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: baseline; margin: 0.5rem 0; }
select { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 0.2rem 0.4rem;
  max-width: 100%; }
lanewise-player { --paper: var(--panel); }
footer { margin-top: 3rem; font-size: 0.875rem; }
@media print { .replay { display: none; } }
${DARK_RULES}
`;
