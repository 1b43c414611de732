/** What a run ran on. */
import { cpus, totalmem, version } from "node:os";
import { VERSION } from "../core/version.js";

/** Versions and hardware, as config.json tells them. */
export interface HostDescription {
  readonly lanewise: string;
  readonly node: string;
  /** `linux-x64` */
  readonly platform: string;
  readonly os: string;
  /** The processor's own name. */
  readonly cpu: string;
  /** Logical ones. */
  readonly cores: number;
  readonly memoryGiB: number;
}

const GIB = 2 ** 30;

/** This machine, now. */
export function describeHost(): HostDescription {
  const cores = cpus();
  return {
    lanewise: VERSION,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    os: version(),
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / GIB),
  };
}
