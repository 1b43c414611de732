/** Pages in Chromium for tests, served from this machine. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll } from "vitest";

/** No sandbox, for tests run as root; nothing that would look for the network. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

/** What the server answers with: for each path a text or the file behind a URL, or the files of a folder. */
export type Site = Readonly<Record<string, string | URL>> | URL;

/** A page, what it complained of, and an end to both page and server. */
export interface Opened {
  readonly page: Page;
  /** Errors on its console and uncaught ones. */
  readonly complaints: readonly string[];
  readonly origin: string;
  readonly close: () => Promise<void>;
}

export interface OpenOptions {
  /** Added to every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the page is; "/" unless given. */
  readonly path?: string;
  /** A prefix of all paths at which the site stands: "/some/folder". */
  readonly under?: string;
  readonly context?: BrowserContextOptions;
  /** More of the browser's flags. */
  readonly flags?: readonly string[];
}

function installedChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = [
    process.env["CHROMIUM"],
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    "/usr/bin/chromium",
  ];
  return candidates.find((path) => path && existsSync(path));
}

/** Where it may: as root, on a system with apt-get. */
function installChromium(): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const install = "apt-get -o Acquire::Retries=3 update; apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends chromium";
  spawnSync("sh", ["-c", install], { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, timeout: 300_000 });
  return installedChromium();
}

/** The browser that CHROMIUM names, else one on the PATH, else Debian's, which is installed if it may be. */
export function findChromium(): string {
  const found = installedChromium() ?? installChromium();
  if (!found) throw new Error("this test needs Chromium: apt-get install chromium, or name one in the environment variable CHROMIUM");
  return found;
}

/** Browsers by their flags: one of a kind serves all tests of a file. */
const browsers = new Map<string, Promise<Browser>>();
afterAll(async () => {
  for (const browser of browsers.values()) await (await browser).close();
});

function launched(flags: readonly string[]): Promise<Browser> {
  const key = flags.join(" ");
  const browser = browsers.get(key) ?? chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS, ...flags] });
  browsers.set(key, browser);
  return browser;
}

/** Opens a page of the site in a fresh profile. */
export async function openPage(site: Site, options: OpenOptions = {}): Promise<Opened> {
  const { headers = {}, path = "/", under = "", context = {}, flags = [] } = options;
  const profile = await (await launched(flags)).newContext(context);
  const page = await profile.newPage();
  const server = await serve(site, under, headers);
  async function close() {
    await profile.close();
    server.close();
  }
  const complaints: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
  page.on("pageerror", (error) => void complaints.push(error.message));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await page.goto(origin + under + path);
  return { page, complaints, origin, close };
}

/** Serves the site on this machine, at whichever port is free. */
export async function serve(site: Site, under = "", headers: Readonly<Record<string, string>> = {}) {
  const server = createServer(async ({ url = "" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const body = await answer(site, under, pathname);
    const type = TYPES[extname(pathname)] ?? (pathname.endsWith("/") ? "text/html" : "application/octet-stream");
    response.writeHead(body === undefined ? 404 : 200, { ...headers, "content-type": type }).end(body);
  });
  return new Promise<typeof server>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

async function answer(site: Site, under: string, pathname: string): Promise<string | Buffer | undefined> {
  if (pathname === "/favicon.ico") return "";
  if (!pathname.startsWith(`${under}/`)) return undefined;
  const path = pathname.slice(under.length);
  if (!(site instanceof URL)) {
    const content = site[path];
    return content instanceof URL ? readFile(content) : content;
  }
  const file = join(fileURLToPath(site), normalize(path), path.endsWith("/") ? "index.html" : "");
  return readFile(file).catch(() => undefined);
}
