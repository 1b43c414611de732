/** Browsers as hosts: a page of the folder, served from this machine. */
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import { CHROMIUM_FLAGS, serve } from "../browser/chromium.js";
import type { Host, Task } from "./hosts.js";

interface Browser {
  newPage(): Promise<{ goto(url: string): Promise<unknown>; evaluate(code: string): Promise<unknown> }>;
  close(): Promise<void>;
}

export function launchChromium(executablePath: string) {
  return chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
}

export async function chromiumPage(executablePath: string, folder: string): Promise<Host> {
  return pageHost(await launchChromium(executablePath), folder);
}

export function launchFirefox(executablePath: string) {
  return puppeteer.launch({ browser: "firefox", executablePath, headless: true });
}

export async function firefoxPage(executablePath: string, folder: string): Promise<Host> {
  return pageHost(await launchFirefox(executablePath), folder);
}

async function pageHost(browser: Browser, folder: string): Promise<Host> {
  const server = await serve(pathToFileURL(`${folder}/`));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    run: async (task: Task) => String(await page.evaluate(`import("/page.js").then((page) => page.run("${task}"))`)),
    async close() {
      await browser.close();
      server.close();
    },
  };
}
