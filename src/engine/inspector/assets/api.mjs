// The page's calls: every one carries the token of this run, which never is in a cookie nor in an address.

import { takeToken } from "./pure/route.mjs";

const STORED = "mh-hook-token";
let token = null;

/** Finds the token: in the address that the terminal printed, in this tab's memory, or in another tab of the page. */
export async function findToken() {
  const taken = takeToken(location.hash);
  if (taken) {
    sessionStorage.setItem(STORED, taken.token);
    history.replaceState(null, "", taken.rest);
  }
  token = taken?.token ?? sessionStorage.getItem(STORED) ?? (await askOtherTabs());
  if (token) sessionStorage.setItem(STORED, token);
  answerOtherTabs();
  return token !== null;
}

function askOtherTabs() {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(STORED);
    const finish = (found) => {
      clearTimeout(timer);
      channel.close();
      resolve(found);
    };
    const timer = setTimeout(finish, 300, null);
    channel.onmessage = ({ data }) => typeof data?.token === "string" && finish(data.token);
    channel.postMessage({ wanted: true });
  });
}

function answerOtherTabs() {
  const channel = new BroadcastChannel(STORED);
  channel.onmessage = ({ data }) => data?.wanted && token && channel.postMessage({ token });
}

/** Forgets a token that is of an earlier run. */
export function forgetToken() {
  token = null;
  sessionStorage.removeItem(STORED);
}

/** An answer that is no success, or none at all. */
export class Failure extends Error {
  constructor(status, message, hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      ...options,
      headers: { ...options.headers, authorization: `Bearer ${token}` },
      cache: "no-store",
      credentials: "omit",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, "mh-hook does not answer", "is it still running in the terminal?");
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Failure(response.status, said.message ?? `answered ${response.status}`, said.hint);
}

/** Gets JSON. */
export async function get(path, signal) {
  return (await call(path, { signal })).json();
}

/** Posts JSON and gets JSON. */
export async function post(path, body = {}) {
  const headers = { "content-type": "application/json" };
  return (await call(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

/** The bytes of a body, exactly as it came, as a blob to save. */
export async function download(path) {
  return (await call(path)).blob();
}

/** Reads the stream of heads until it breaks or is aborted. */
export async function stream(path, signal, onMessage) {
  const response = await call(path, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data) onMessage(JSON.parse(data.slice(6)));
    }
  }
}
