"use strict";

// Finds the program and becomes it. Where Node cannot replace its process (Windows, Node before 22.15), the program runs as a
// child: signals are passed on, its end becomes our end, and it is stopped if this process is killed.

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const targets = require("./targets.json");
const { packageNames, programPath, libcOf, missing } = require("./platform.js");

const SETUP_FAILED = 3;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"].filter((name) => name in os.constants.signals);

function host() {
  let report;
  if (process.platform === "linux") {
    process.report.excludeNetwork = true;
    report = process.report.getReport();
  }
  return { platform: process.platform, arch: process.arch, libc: libcOf(process.platform, report) };
}

function find(names) {
  for (const name of names) {
    try {
      return programPath(process.platform, require.resolve(`${name}/package.json`));
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return undefined;
}

function launch(args) {
  const machine = host();
  const names = packageNames(machine, targets);
  const program = find(names);
  if (program === undefined) {
    fs.writeSync(2, missing(machine, names));
    process.exitCode = SETUP_FAILED;
  } else if (typeof process.execve === "function" && process.platform !== "win32") {
    process.execve(program, [program, ...args], process.env);
  } else {
    supervise(program, args);
  }
}

function supervise(program, args) {
  // Ctrl-C reaches everyone in the terminal's foreground: passed on, it would count twice.
  const inTerminal = hasTerminal();
  const passOn = (signal) => {
    if (!(signal === "SIGINT" && inTerminal)) child.kill(signal);
  };
  // Before the program starts: from then on a signal concerns it, and is handled once this function has returned.
  for (const signal of SIGNALS) process.on(signal, passOn);
  const watchdog = process.platform === "win32" ? undefined : startWatchdog();
  const child = spawn(program, args, { stdio: "inherit" });
  if (child.pid !== undefined) watchdog?.stdin.write(`${child.pid}\n`);
  child.on("error", (error) => {
    fs.writeSync(2, `mh-hook: cannot start ${program}: ${error.message}\n`);
    watchdog?.kill("SIGKILL");
    process.exit(SETUP_FAILED);
  });
  child.on("exit", (code, signal) => {
    watchdog?.kill("SIGKILL");
    if (signal === null) process.exit(code);
    for (const name of SIGNALS) process.removeListener(name, passOn);
    process.kill(process.pid, signal);
  });
}

// Starts a shell that reads the number of the program, and stops the program once this process is gone, however it ended:
// the shell's input closes with us. It starts first, so that the program is never without it.
function startWatchdog() {
  const script = 'read -r pid && { read -r _; kill -TERM "$pid"; }';
  const watchdog = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  watchdog.on("error", () => {});
  watchdog.stdin.on("error", () => {});
  watchdog.unref();
  watchdog.stdin.unref?.();
  return watchdog;
}

function hasTerminal() {
  if (process.platform === "win32") return true;
  try {
    fs.closeSync(fs.openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}

module.exports = { launch };
