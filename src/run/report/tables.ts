/** The tables of a report: results, configuration, and what the runs ran on. */
import { meanOf, standardErrorOf } from "../bands.js";
import { formatCount, formatDuration, formatReturn } from "../progress.js";
import { type Html, html } from "./html.js";
import { curveOf, type RecordedRun, type RunGroup, settingsOf, textOf } from "./recorded.js";

/** The figures of each run, and of each group of several. */
export function resultsTable(groups: readonly RunGroup[]): Html {
  const rows = groups.flatMap((group) => [
    ...group.runs.map((run) => resultRow(group.name, run)),
    ...(group.runs.length > 1 ? [summaryRow(group)] : []),
  ]);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Results"><table>
<thead><tr><th scope="col">run</th><th scope="col">seed</th><th scope="col">mean return</th><th scope="col">± std</th><th
scope="col">over</th><th scope="col">steps</th><th scope="col">episodes</th><th scope="col">wall time</th><th
scope="col">steps/s</th><th scope="col">weights</th><th scope="col" class="path">folder</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function resultRow(name: string, run: RecordedRun): Html {
  const { evalMeanReturn = Number.NaN, evalStdReturn = Number.NaN, evalEpisodes, weightsSha256 = "" } = run.result ?? {};
  const last = run.records.at(-1);
  const steps = run.result?.steps ?? last?.steps ?? 0;
  const seconds = run.result?.wallSeconds ?? last?.["time/seconds"] ?? Number.NaN;
  const folder = run.result ? run.dir : `${run.dir} (not finished)`;
  return html`<tr><th scope="row">${name}</th><td>${run.config.seed}</td><td>${formatReturn(evalMeanReturn)}</td><td>${formatReturn(evalStdReturn)}</td><td>${
    evalEpisodes === undefined ? "–" : `${formatCount(evalEpisodes)} episodes`
  }</td><td>${formatCount(steps)}</td><td>${formatCount(last?.["rollout/episodes"] ?? Number.NaN)}</td><td>${formatDuration(seconds)}</td><td>${formatCount(
    steps / seconds,
  )}</td><td><code>${weightsSha256.slice(0, 12)}</code></td><td class="path">${folder}</td></tr>`;
}

/** Over seeds. */
function summaryRow({ name, runs }: RunGroup): Html {
  const returns = runs.flatMap(({ result }) => result?.evalMeanReturn ?? []);
  const error = standardErrorOf(returns);
  const seconds = runs.flatMap(({ result }) => result?.wallSeconds ?? []);
  return html`<tr class="summary"><th scope="row">${name}</th><td>all ${runs.length}</td><td>${formatReturn(meanOf(returns))}</td><td colspan="2">${
    Number.isFinite(error) ? `± ${formatReturn(error)} s.e. over seeds` : ""
  }</td><td></td><td></td><td>${formatDuration(meanOf(seconds))}</td><td colspan="3">mean of the runs</td></tr>`;
}

/** Every option of every group; what differs between them stands first, and is marked. */
export function configurationTable(groups: readonly RunGroup[]): Html {
  const settings = groups.map(({ runs }) => settingsOf(runs[0] as RecordedRun));
  const names = [...new Set(settings.flatMap((one) => Object.keys(one)))];
  const rows = names.map((name) => ({ name, texts: settings.map((one) => textOf(one[name])) }));
  const differs = ({ texts }: { texts: readonly string[] }) => new Set(texts).size > 1;
  const ordered = [...rows.filter(differs), ...rows.filter((row) => !differs(row))];
  const cells = ordered.map(({ name, texts }) => {
    const [mark, values] = [
      differs({ texts }) ? html` <span class="mark">differs</span>` : html``,
      texts.map((text) => html`<td>${text}</td>`),
    ];
    return html`<tr${differs({ texts }) ? html` class="differs"` : html``}><th scope="row">${name}${mark}</th>${values}</tr>`;
  });
  const heads = groups.map(({ name, runs }) => {
    const seeds = runs.map(({ config }) => config.seed).join(", ");
    return html`<th scope="col">${name}<br><small>${runs.length > 1 ? "seeds" : "seed"} ${seeds}</small></th>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Configuration"><table class="settings">
<thead><tr><th scope="col">option</th>${heads}</tr></thead><tbody>${cells}</tbody></table></div>`;
}

const HOST_FIELDS = [
  ["cpu", "processor"],
  ["cores", "cores"],
  ["memoryGiB", "memory (GiB)"],
  ["os", "system"],
  ["platform", "platform"],
  ["node", "Node"],
  ["lanewise", "lanewise"],
] as const;

/** Hardware and versions: a column for each machine on which there were runs. */
export function hostsTable(runs: readonly RecordedRun[]): Html {
  const texts = runs.map(({ host }) => JSON.stringify(host));
  const hosts = [...new Set(texts)].map((text) => ({
    host: JSON.parse(text) as RecordedRun["host"],
    count: texts.filter((other) => other === text).length,
  }));
  const heads = hosts.map(({ count }) => html`<th scope="col">${count === 1 ? "1 run" : `${count} runs`}</th>`);
  const rows = HOST_FIELDS.map(
    ([field, title]) => html`<tr><th scope="row">${title}</th>${hosts.map(({ host }) => html`<td>${textOf(host[field])}</td>`)}</tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Hardware and versions"><table class="settings">
<thead><tr><th scope="col"></th>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** The best of some runs: by evaluation, else by the last return in training. */
export function bestOf(runs: readonly RecordedRun[]): RecordedRun {
  const score = (run: RecordedRun) => run.result?.evalMeanReturn ?? curveOf(run, "rollout/meanReturn").at(-1)?.meanReturn ?? -Infinity;
  return runs.reduce((best, run) => (score(run) > score(best) ? run : best));
}
