// The pure part of the npm launcher: which package a machine needs, where its program is, what is said where there is none.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const packages = new URL("../../.github/packages/", import.meta.url);
const require = createRequire(import.meta.url);
const { libcOf, missing, packageNames, programPath } = require(new URL("npm/mh-hook/lib/platform.js", packages).pathname);
const targets = JSON.parse(readFileSync(new URL("targets.json", packages), "utf8"));

const names = (platform, arch, libc) => packageNames({ platform, arch, libc }, targets);

test("a glibc machine prefers its own package and can run the static one", () => {
  assert.deepEqual(names("linux", "x64", "glibc"), ["@mh-hook/linux-x64", "@mh-hook/linux-x64-musl"]);
  assert.deepEqual(names("linux", "arm64", "glibc"), ["@mh-hook/linux-arm64", "@mh-hook/linux-arm64-musl"]);
});

test("a musl machine takes only the static package", () => {
  assert.deepEqual(names("linux", "x64", "musl"), ["@mh-hook/linux-x64-musl"]);
});

test("macOS and Windows have one package for each processor", () => {
  assert.deepEqual(names("darwin", "arm64"), ["@mh-hook/darwin-arm64"]);
  assert.deepEqual(names("darwin", "x64"), ["@mh-hook/darwin-x64"]);
  assert.deepEqual(names("win32", "x64"), ["@mh-hook/win32-x64"]);
  assert.deepEqual(names("win32", "arm64"), ["@mh-hook/win32-arm64"]);
});

test("a machine without a package gets none", () => {
  assert.deepEqual(names("freebsd", "x64"), []);
  assert.deepEqual(names("linux", "riscv64", "glibc"), []);
});

test("the program's path follows the rules of its platform, whatever the tests run on", () => {
  assert.equal(
    programPath("win32", "C:\\app\\node_modules\\@mh-hook\\win32-x64\\package.json"),
    "C:\\app\\node_modules\\@mh-hook\\win32-x64\\bin\\mh-hook.exe",
  );
  assert.equal(programPath("win32", "\\\\server\\share\\p\\package.json"), "\\\\server\\share\\p\\bin\\mh-hook.exe");
  assert.equal(programPath("linux", "/a b/@mh-hook/linux-x64/package.json"), "/a b/@mh-hook/linux-x64/bin/mh-hook");
  assert.equal(programPath("darwin", "/p/package.json"), "/p/bin/mh-hook");
});

test("the C library is read from Node's report", () => {
  assert.equal(libcOf("linux", { header: { glibcVersionRuntime: "2.36" } }), "glibc");
  assert.equal(libcOf("linux", { header: {} }), "musl");
  assert.equal(libcOf("linux", undefined), "musl");
  assert.equal(libcOf("darwin", { header: {} }), undefined);
});

test("a machine without its program is told which package is missing and what to do", () => {
  const host = { platform: "linux", arch: "x64", libc: "glibc" };
  assert.equal(
    missing(host, ["@mh-hook/linux-x64", "@mh-hook/linux-x64-musl"]),
    "mh-hook: the program for linux x64 glibc is not installed: @mh-hook/linux-x64 is missing\n" +
      "hint: install again without --omit=optional, and without a lock file from another platform\n",
  );
  assert.equal(
    missing({ platform: "freebsd", arch: "x64" }, []),
    "mh-hook: no program for freebsd x64 is published\nhint: build it with `cargo install mh-hook --locked`\n",
  );
});

test("every target has a name of its own and the fields that npm selects by", () => {
  assert.equal(new Set(targets.map((target) => target.npm)).size, targets.length);
  for (const target of targets) {
    assert.ok(["linux", "darwin", "win32"].includes(target.os), target.npm);
    assert.ok(["x64", "arm64"].includes(target.cpu), target.npm);
    assert.equal(target.os === "linux", ["glibc", "musl"].includes(target.libc), target.npm);
  }
});
