"use strict";

// Pure functions: which package holds the program of a platform, and what to say where there is none.

const path = require("node:path");

const SCOPE = "@mh-hook";

/** Names of the packages that may hold the program, best first; none where the platform has no package. */
function packageNames(host, targets) {
  const fits = targets.filter((target) => target.os === host.platform && target.cpu === host.arch);
  const rank = (target) => (target.libc === undefined || target.libc === host.libc ? 0 : 1);
  // A musl program is static and runs on glibc too; a glibc program does not run on musl.
  const runs = (target) => rank(target) === 0 || target.libc === "musl";
  return fits
    .filter(runs)
    .sort((a, b) => rank(a) - rank(b))
    .map((target) => `${SCOPE}/${target.npm}`);
}

/** The program's file name on a platform. */
function programName(platform) {
  return platform === "win32" ? "mh-hook.exe" : "mh-hook";
}

/** The path of the program, given where its package's package.json is. */
function programPath(platform, packageJson) {
  const { dirname, join } = platform === "win32" ? path.win32 : path.posix;
  return join(dirname(packageJson), "bin", programName(platform));
}

/** The C library of a Linux machine, from the header of Node's report; undefined elsewhere. */
function libcOf(platform, report) {
  if (platform !== "linux") return undefined;
  return report?.header?.glibcVersionRuntime ? "glibc" : "musl";
}

/** The message for a machine that has no program. */
function missing(host, names) {
  const machine = [host.platform, host.arch, host.libc].filter(Boolean).join(" ");
  if (names.length === 0) {
    return `mh-hook: no program for ${machine} is published\nhint: build it with \`cargo install mh-hook --locked\`\n`;
  }
  return (
    `mh-hook: the program for ${machine} is not installed: ${names[0]} is missing\n` +
    "hint: install again without --omit=optional, and without a lock file from another platform\n"
  );
}

module.exports = { packageNames, programName, programPath, libcOf, missing };
