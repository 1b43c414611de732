/** A page in Chromium for tests, served from this machine. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { chromium, type Page } from "playwright-core";

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

/** What a path of the server answers with: a text, or the file behind a URL. */
export type Site = Readonly<Record<string, string | URL>>;

/** The browser that CHROMIUM names, else one on the PATH, else Debian's. */
export function findChromium(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = [
    process.env["CHROMIUM"],
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    "/usr/bin/chromium",
  ];
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error("this test needs Chromium: apt-get install chromium, or name one in the environment variable CHROMIUM");
  return found;
}

/** Opens the site's `/` in a fresh profile; `close` ends browser and server. The server adds `headers` to every answer. */
export async function openPage(site: Site, headers: Headers = {}): Promise<{ page: Page; close: () => Promise<void> }> {
  const executablePath = findChromium();
  const server = await serve(site, headers);
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS }).catch((error: unknown) => {
    server.close();
    throw error;
  });
  async function close() {
    await browser.close();
    server.close();
  }
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return { page, close };
}

type Headers = Readonly<Record<string, string>>;

async function serve(site: Site, headers: Headers) {
  const server = createServer(async ({ url = "" }, response) => {
    const content = site[url];
    const body = content instanceof URL ? await readFile(content) : content;
    const type = url.endsWith(".js") ? "text/javascript" : url.endsWith(".wasm") ? "application/wasm" : "text/html";
    response.writeHead(body === undefined ? 404 : 200, { ...headers, "content-type": type }).end(body);
  });
  return new Promise<typeof server>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
