// The connection to the running program: one stream that says how far the journal is, and a clock that ticks.

import { useEffect, useState } from "./vendor/hooks.mjs";
import { get, stream } from "./api.mjs";

/** Waits between tries to connect again. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5000;

/**
 * Follows the program. `state` is `connecting`, `live`, `paused` (the tab is in the background), `lost` or `refused`;
 * `head` is the newest message; `info` says what runs there.
 */
export function useProgram() {
  const [program, setProgram] = useState({ state: "connecting", head: null, info: null });
  useEffect(() => {
    let stopped = false;
    let abort = null;
    let wake = null;
    const update = (change) => setProgram((before) => ({ ...before, ...change }));
    const pause = (milliseconds) =>
      new Promise((resolve) => {
        const timer = milliseconds && setTimeout(resolve, milliseconds);
        wake = () => (clearTimeout(timer), resolve());
      });
    const visibility = () => {
      if (document.hidden) abort?.abort();
      wake?.();
    };
    document.addEventListener("visibilitychange", visibility);
    (async () => {
      let wait = FIRST_PAUSE;
      while (!stopped) {
        if (document.hidden) {
          update({ state: "paused" });
          await pause(0);
          continue;
        }
        abort = new AbortController();
        try {
          const info = await get("/api/state", abort.signal);
          update({ info, state: "live" });
          wait = FIRST_PAUSE;
          await stream("/api/stream", abort.signal, (head) => update({ head, state: "live" }));
        } catch (error) {
          if (error.status === 401 || error.status === 403) return update({ state: "refused" });
        }
        if (stopped || document.hidden) continue;
        update({ state: "lost" });
        await pause(wait);
        wait = Math.min(wait * 2, LONGEST_PAUSE);
      }
    })();
    return () => {
      stopped = true;
      abort?.abort();
      document.removeEventListener("visibilitychange", visibility);
    };
  }, []);
  return program;
}

/** The time now, again every `period` milliseconds. */
export function useNow(period = 1000) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), period);
    return () => clearInterval(timer);
  }, [period]);
  return now;
}

/** Loads `path` again whenever it or `version` changes: `{data, error}`. What is shown stays until the new is there. */
export function useLoaded(path, version) {
  const [loaded, setLoaded] = useState({ path: null, data: null, error: null });
  useEffect(() => {
    if (!path) return undefined;
    const abort = new AbortController();
    get(path, abort.signal).then(
      (data) => setLoaded({ path, data, error: null }),
      (error) => error.name !== "AbortError" && setLoaded({ path, data: null, error }),
    );
    return () => abort.abort();
  }, [path, version]);
  return loaded.path === path ? loaded : { path, data: null, error: null };
}
