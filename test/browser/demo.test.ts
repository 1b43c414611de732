/**
 * The demo's static files, opened from a folder of a web server: it trains, plays, compiles, and is fit for everyone. One file for all, so
 * that they are built once and one browser serves them.
 */
import { beforeAll, vi } from "vitest";
import { buildDemo, hearComplaints } from "./demo/site.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
beforeAll(buildDemo);
hearComplaints();

await import("./demo/training.js");
await import("./demo/physics.js");
await import("./demo/everyone.js");
await import("./demo/firefox.js");
