#!/usr/bin/env node
// Assembles the npm packages: the launcher, and one package per platform whose program is given.
//
//     assemble.mjs OUT CARGO_METADATA.json linux-x64=PATH/TO/mh-hook ...
//
// Name, version, licence and addresses come from Cargo.toml, through `cargo metadata`. Nothing runs at installation.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../..");
const targets = JSON.parse(fs.readFileSync(path.join(here, "../targets.json"), "utf8"));

const [out, metadataFile, ...programs] = process.argv.slice(2);
const { packages } = JSON.parse(fs.readFileSync(metadataFile, "utf8"));
const crate = packages.find((each) => each.name === "mh-hook");

const common = {
  version: crate.version,
  license: crate.license,
  ...(crate.repository && { repository: { type: "git", url: `git+${crate.repository}.git` } }),
  ...(crate.homepage && { homepage: crate.homepage }),
};

function write(folder, manifest, files) {
  fs.rmSync(folder, { recursive: true, force: true });
  for (const [name, source] of Object.entries({ ...files, LICENSE: "LICENSE" })) {
    const to = path.join(folder, name);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.cpSync(path.resolve(root, source), to, { recursive: true });
  }
  fs.writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function writeLauncher() {
  const optional = targets.map((target) => [`@mh-hook/${target.npm}`, crate.version]);
  const manifest = {
    name: crate.name,
    ...common,
    description: crate.description,
    keywords: crate.keywords,
    type: "commonjs",
    bin: { "mh-hook": "bin/mh-hook.js" },
    files: ["bin", "lib"],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(optional),
  };
  write(path.join(out, "mh-hook"), manifest, {
    bin: path.join(here, "mh-hook/bin"),
    lib: path.join(here, "mh-hook/lib"),
    "lib/targets.json": path.join(here, "../targets.json"),
    "README.md": "README.md",
  });
}

function writePlatform(target, program) {
  const manifest = {
    name: `@mh-hook/${target.npm}`,
    ...common,
    description: `The program of the npm package mh-hook for ${target.rust}`,
    files: ["bin", "THIRD-PARTY.txt"],
    os: [target.os],
    cpu: [target.cpu],
    ...(target.libc && { libc: [target.libc] }),
    preferUnplugged: true,
  };
  const name = target.os === "win32" ? "mh-hook.exe" : "mh-hook";
  const folder = path.join(out, target.npm);
  write(folder, manifest, { [`bin/${name}`]: path.resolve(program), "THIRD-PARTY.txt": "src/commands/licenses/THIRD-PARTY.txt" });
  fs.chmodSync(path.join(folder, "bin", name), 0o755);
  fs.writeFileSync(path.join(folder, "README.md"), `The program of [mh-hook](https://www.npmjs.com/package/mh-hook) for ${target.rust}. Install \`mh-hook\`, which brings it.\n`);
}

writeLauncher();
for (const given of programs) {
  const [name, program] = given.split("=");
  const target = targets.find((each) => each.npm === name);
  if (target === undefined) throw new Error(`no target is called '${name}'`);
  writePlatform(target, program);
}
