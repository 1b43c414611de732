/** `lanewise report`: one HTML page of runs, which needs nothing but itself. */
import { ensure } from "../../core/errors.js";
import { VERSION } from "../../core/version.js";
import { environments } from "../../envs/registry.js";
import { formatCount } from "../progress.js";
import { metricCharts, returnsChart } from "./charts.js";
import { type Html, html, raw } from "./html.js";
import { groupsOf, type RecordedRun, type RunGroup, readRuns } from "./recorded.js";
import { replayOf, replayScript } from "./replay.js";
import { STYLE } from "./style.js";
import { configurationTable, hostsTable, resultsTable } from "./tables.js";

/** Nothing is fetched, whatever the page holds. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'";

/** The page of the runs in these folders. A UsageError says which of them holds none. */
export async function reportOf(dirs: readonly string[]): Promise<string> {
  ensure(dirs.length > 0, () => "name the folders of runs to report on");
  const runs = [...new Set(dirs)].flatMap(readRuns);
  const groups = groupsOf(runs);
  const envs = [...new Set(groups.map(({ env }) => env))];
  const sections = await Promise.all(
    envs.map((env) =>
      sectionOf(
        env,
        groups.filter((group) => group.env === env),
      ),
    ),
  );
  const title = `${[...new Set(runs.map(({ config }) => config.algo))].join(", ")} on ${envs.join(", ")}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="${POLICY}">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
<p class="lead">${leadOf(runs)}</p>
<main>${sections}
<section><h2>Hardware and versions</h2>${hostsTable(runs)}</section></main>
<footer>Made by lanewise ${VERSION}. Everything is in this file.</footer>
${await replayScript()}
</body>
</html>
`.text;
}

function leadOf(runs: readonly RecordedRun[]): string {
  const steps = runs.reduce((sum, { records }) => sum + (records.at(-1)?.steps ?? 0), 0);
  return `${runs.length} ${runs.length === 1 ? "run" : "runs"}, ${formatCount(steps)} environment steps.`;
}

/** What there is to say of an environment. */
async function sectionOf(env: string, groups: readonly RunGroup[]): Promise<Html> {
  const [chart, multiples, replay] = await Promise.all([
    returnsChart(groups, thresholdOf(env)),
    metricCharts(groups),
    replayOf(env, groups),
  ]);
  return html`<section><h2>${env}</h2>
${chart}
<h3>Results</h3>
<p class="note">Mean and standard deviation of undiscounted returns, played after training without exploration.</p>
${resultsTable(groups)}
<h3>Replay</h3>
${replay ?? html`<p class="note">There is none: no run left a policy, or the environment is not WebAssembly.</p>`}
<h3>Metrics</h3>
<p class="note">As the logs name them, against environment steps. Axes span what the runs reported, so that wide bands are cut.</p>
<div class="multiples">${multiples}</div>
<h3>Configuration</h3>
${configurationTable(groups)}</section>`;
}

function thresholdOf(env: string): number {
  const spec = Object.hasOwn(environments, env) ? environments[env as keyof typeof environments] : undefined;
  return spec?.rewardThreshold ?? Number.NaN;
}
