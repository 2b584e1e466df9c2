// What the browser tests share: the real program in a home of its own, signed deliveries, and a watched page.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const SECRET = "mhw_test_0123456789abcdefghijABCDEFGHIJ";
/** The longest wait for something that must happen. */
const PATIENCE = 20_000;
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** What runs; a test that fails must leave nothing behind that would keep Node waiting. */
const running = new Set();

/** A program with an inspector; ended and cleaned up by `stop`. */
export async function start(command, args = [], home = mkdtempSync(join(tmpdir(), "mh-hook-ui-"))) {
  const environment = { PATH: process.env.PATH, HOME: home, TZ: "UTC", MAGIC_HOUR_WEBHOOK_SECRET: SECRET };
  const child = spawn(process.env.MH_HOOK, [command, "--format", "json", ...args], { env: environment, cwd: home });
  running.add(child);
  let said = "";
  child.stderr.on("data", (data) => (said += data));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const records = [];
  const ready = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const record = JSON.parse(line);
      records.push(record);
      if (record.ui) resolve(record);
    });
    child.on("exit", (code) => reject(new Error(`${command} ended with ${code}: ${said}`)));
  });
  const stop = async (keepHome = false) => {
    child.kill("SIGTERM");
    await ended;
    running.delete(child);
    if (!keepHome) rmSync(home, { recursive: true, force: true });
  };
  return { ...ready, home, child, records, stop, url: ready.url ?? ready.receiver };
}

/** Runs the program once. */
export async function run(home, args) {
  const environment = { PATH: process.env.PATH, HOME: home, TZ: "UTC", MAGIC_HOUR_WEBHOOK_SECRET: SECRET };
  const child = spawn(process.env.MH_HOOK, args, { env: environment, cwd: home, stdio: "ignore" });
  return new Promise((resolve) => child.on("exit", resolve));
}

/** The headers of a delivery that is signed now. */
export function signed(body, secret = SECRET, now = Math.floor(Date.now() / 1000)) {
  const signature = createHmac("sha256", secret).update(`${now}.`).update(body).digest("hex");
  return {
    "content-type": "application/json",
    "magic-hour-event-timestamp": String(now),
    "magic-hour-event-signature": signature,
  };
}

/** Posts an event of a job. */
export async function deliver(url, type, id, more = {}, headers = null) {
  const body = JSON.stringify({ type, payload: { id, status: "complete", ...more } });
  return post(url, body, headers ?? signed(body));
}

export async function post(url, body, headers) {
  const response = await fetch(url, { method: "POST", body, headers });
  await response.text();
  return response.status;
}

/** A handler that answers with `status()`, which may be a promise; it counts what comes. */
export async function handler(status = () => 200) {
  const seen = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(await status(seen.length), { "content-type": "text/plain" });
      response.end(`answer ${seen.length}`);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return { seen, url: `http://127.0.0.1:${server.address().port}/hook`, close: () => server.close() };
}

let browser = null;

/** The one browser of a file of tests. */
export async function launch() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  return browser;
}

export async function quit() {
  for (const child of running) child.kill("SIGKILL");
  await browser?.close();
  browser = null;
}

/**
 * Opens a link. Whatever goes wrong on the page is kept: errors on the console, violations of the policy, requests to
 * anywhere else. `finish` asserts that there was nothing of it. `script` runs in the page before its own.
 */
export async function open(link, { allowed = [], script = null, ...options } = {}) {
  const context = await (await launch()).newContext({
    viewport: { width: 1280, height: 900 }, colorScheme: "light", permissions: ["clipboard-read", "clipboard-write"], ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const wrong = [];
  const fine = (text) => allowed.some((part) => text.includes(part));
  page.on("console", (message) => {
    const text = message.text();
    if (["error", "warning"].includes(message.type()) && !fine(text)) wrong.push(`console: ${text}`);
  });
  page.on("response", (response) => {
    const text = `answered ${response.status()}: ${response.url()}`;
    if (response.status() >= 400 && !fine(text)) wrong.push(text);
  });
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(new URL(link).origin) && !url.startsWith("blob:") && !fine(url)) wrong.push(`request: ${url}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  if (script) await page.addInitScript(script);
  await page.goto(link);
  const finish = async () => {
    await context.close();
    assert.deepEqual(wrong, []);
  };
  return { page, context, finish, wrong };
}

/** The clipboard's text. */
export const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/** Keeps a picture for people to look at. */
export const shoot = (page, name) => page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });

/** Pictures in both themes, wide and at 360 px. */
export async function shootAll(page, name) {
  const before = page.viewportSize();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of [before.width, 360]) {
      await page.setViewportSize({ width, height: before.height });
      await shoot(page, `${name}-${colorScheme}-${width}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  await page.setViewportSize(before);
}

/** What axe finds against WCAG 2.2 A and AA. */
export async function violations(page) {
  await page.evaluate(readFileSync("node_modules/axe-core/axe.min.js", "utf8"));
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await page.evaluate((values) => axe.run(document, { runOnly: { type: "tag", values } }), tags);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`);
}

/** The page's link without its token. */
export const baseOf = (link) => link.split("/#")[0];
export const tokenOf = (link) => link.split("token=")[1];
