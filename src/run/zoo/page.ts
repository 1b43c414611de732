/** The zoo's figures as a page in Markdown. */
import type { ZooRow } from "./zoo.js";

/** What BENCHMARK.json holds. */
export interface Benchmark {
  /** "lanewise 0.1.0, Node v20.20.2, linux-x64" */
  readonly host: string;
  readonly rows: readonly ZooRow[];
}

const HEAD = `# Benchmark

Undiscounted returns of deterministic policies after training with the preset of each pair: the interquartile mean over seeds of their means
over episodes, with its 95 % bootstrap interval. Beside them, what RL Baselines3 Zoo reports of Stable-Baselines3 after a run of its own (mean ± standard
deviation over episodes; its steps where they differ). \`lanewise zoo run\` trains, evaluates and writes all of it; times are of the machine that it ran on.
`;

/** The page. */
export function benchmarkPage({ host, rows }: Benchmark): string {
  const envs = [...new Set(rows.map(({ env }) => env))];
  return `${HEAD}\nMeasured with ${host}.\n${envs.map((env) => section(env, rows)).join("")}`;
}

function section(env: string, rows: readonly ZooRow[]): string {
  const head = "| algorithm | steps | seeds | IQM | 95 % interval | RL Zoo | time |\n|---|---:|---:|---:|---:|---:|---:|\n";
  return `\n## ${env}\n\n${head}${rows
    .filter((row) => row.env === env)
    .map(line)
    .join("")}`;
}

function line({ algo, steps, returns, diverged, interquartileMean, interval, seconds, reference }: ZooRow): string {
  const digits = Math.abs(interquartileMean) < 20 ? 2 : 1;
  const text = (value: number) => value.toFixed(digits);
  const count = (value: number) => value.toLocaleString("en-US");
  const theirs = reference && Math.abs(reference.steps / steps - 1) > 0.05 ? ` (${count(reference.steps)})` : "";
  const zoo = reference ? `${reference.mean} ± ${reference.std}${theirs}` : "";
  const cells = [
    algo,
    count(steps),
    diverged === undefined ? String(returns.length) : `${returns.length}, ${diverged} diverged`,
    text(interquartileMean),
    `${text(interval.low)} … ${text(interval.high)}`,
    zoo,
  ];
  return `| ${cells.join(" | ")} | ${seconds.toFixed(0)} s |\n`;
}
