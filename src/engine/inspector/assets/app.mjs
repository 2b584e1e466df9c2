// The page: what is open, what the keys do, and the connection to the program.

import { render } from "./vendor/preact.mjs";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "./vendor/hooks.mjs";
import { html } from "./html.mjs";
import { findToken, post } from "./api.mjs";
import { useDeliveries } from "./deliveries.mjs";
import { useNow, useProgram } from "./live.mjs";
import { actionOf } from "./pure/keys.mjs";
import { formatRoute, parseRoute } from "./pure/route.mjs";
import { isWaiting, waitingCount } from "./pure/rows.mjs";
import { Check } from "./views/check.mjs";
import { Delivery } from "./views/delivery.mjs";
import { EndToEnd } from "./views/e2e.mjs";
import { Empty, Nothing } from "./views/empty.mjs";
import { Job } from "./views/job.mjs";
import { List } from "./views/list.mjs";
import { Problem } from "./views/parts.mjs";
import { Sandbox } from "./views/sandbox.mjs";
import { Help, Locked, Search, Top } from "./views/frame.mjs";

/** Views that ask for data do so soon after a change, and at most this often while the journal grows. */
const REFRESH = 1000;
const SOON = 100;

// What listens to the user does so from the first drawing on: an effect would begin a moment later.
function useRoute() {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useLayoutEffect(() => {
    const change = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  const go = useCallback((next, replace = false) => {
    const address = formatRoute(next);
    if (address === location.hash) return;
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    setRoute(parseRoute(address));
  }, []);
  return [route, go];
}

/** A number that changes with `change`, at most once in REFRESH. */
function useVersion(change) {
  const [version, setVersion] = useState(change);
  const waiting = useRef({ timer: 0, latest: change, at: 0 });
  waiting.current.latest = change;
  useEffect(() => {
    const current = waiting.current;
    if (current.timer || change === version) return;
    current.timer = setTimeout(() => {
      Object.assign(current, { timer: 0, at: performance.now() });
      setVersion(current.latest);
    }, Math.max(SOON, current.at + REFRESH - performance.now()));
  }, [change, version]);
  return version;
}

function Main({ info, head, state }) {
  const [route, go] = useRoute();
  const [follow, setFollow] = useState(true);
  const [active, setActive] = useState(null);
  const [goal, setGoal] = useState(null);
  const [help, setHelp] = useState(false);
  const [failure, setFailure] = useState(null);
  const now = useNow();
  const openId = route.view === "deliveries" && route.id ? Number(route.id) : null;
  const list = useDeliveries(route.q, head, { live: state === "live", follow, openId });
  const version = useVersion(head?.change ?? 0);
  const bound = useRef({});
  const rows = list.state.rows;
  const unseen = isWaiting(list.state) ? waitingCount(list.state) : "";
  useEffect(() => {
    document.title = `${unseen ? `(${unseen}) ` : ""}mh-hook`;
  }, [unseen]);
  // A row that is not loaded yet is scrolled to, and chosen when it is there.
  useEffect(() => {
    if (goal === null || !rows[goal]) return;
    setActive(rows[goal].id);
    setGoal(null);
  }, [goal, rows]);
  const open = (id) => go({ ...route, view: "deliveries", id: String(id), with: "" });
  const back = () => {
    if (route.id || route.view !== "deliveries") go({ view: "deliveries", q: route.q });
    requestAnimationFrame(() => document.getElementById("deliveries")?.focus({ preventScroll: true }));
  };
  const move = (step) => {
    const at = rows.findIndex((row) => row?.id === active);
    const next = Math.min(Math.max(at + step, 0), rows.length - 1);
    if (next < 0) return;
    if (rows[next]) setActive(rows[next].id);
    else setGoal(next);
    document.getElementById("deliveries")?.focus({ preventScroll: true });
  };
  const toggleFollow = () => {
    setFollow(!follow);
    if (!follow) list.reveal();
  };
  const actions = {
    down: () => move(1), up: () => move(-1), "page-down": () => move(12), "page-up": () => move(-12),
    top: () => move(-rows.length), end: () => move(rows.length),
    open: () => active !== null && open(active),
    back, search: () => document.getElementById("search")?.focus(),
    follow: toggleFollow, help: () => setHelp(true),
    "leave-field": () => document.activeElement.blur(),
  };
  const run = useRef(null);
  run.current = (event) => {
    if (document.querySelector("dialog[open]")) return;
    const name = actionOf(event);
    const action = actions[name] ?? (route.view === "deliveries" && route.id ? bound.current[name] : undefined);
    if (!action) return;
    event.preventDefault();
    action();
  };
  useLayoutEffect(() => {
    const listener = (event) => run.current(event);
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, []);
  const act = async (path, body) => {
    setFailure(null);
    try {
      await post(`/api/sandbox/${path}`, body);
    } catch (problem) {
      setFailure(problem);
    }
  };
  const opened = route.view !== "deliveries" || route.id !== null;
  const isEmpty = list.state.loaded && rows.length === 0;
  const detail = () => {
    if (route.view === "jobs" && route.id) return html`<${Job} key=${route.id} id=${route.id} version=${version} act=${act} />`;
    if (route.view === "sandbox" && info.sandbox) return html`<${Sandbox} info=${info} version=${version} act=${act} failure=${failure} />`;
    if (route.view === "check") return html`<${Check} info=${info} version=${head?.check ?? 0} />`;
    if (route.view === "e2e") return html`<${EndToEnd} info=${info} version=${`${head?.e2e ?? 0}`} />`;
    if (route.id) return html`<${Delivery} key=${route.id} id=${Number(route.id)} info=${info} version=${version} now=${now} route=${route} go=${go} bindActions=${(own) => (bound.current = own)} />`;
    return isEmpty && !route.q ? html`<${Empty} info=${info} />` : html`<${Nothing} info=${info} />`;
  };
  return html`<div class=${`frame ${opened ? "opened" : "closed"} ${isEmpty && !route.q && !opened ? "nothing" : ""}`}>
    <${Top} info=${info} state=${state} route=${route} go=${go} onHelp=${() => setHelp(true)} />
    <aside class="left"><${Search} q=${route.q} onSearch=${(q) => go({ ...route, q }, true)} follow=${follow} onFollow=${toggleFollow} />
      ${list.error && html`<${Problem} error=${list.error} again=${list.again} />`}
      ${isEmpty && html`<p class="muted none">${route.q ? "No delivery matches." : "No delivery yet."}</p>`}
      <${List} list=${list} active=${active} setActive=${setActive} goal=${goal} selectedId=${openId} onOpen=${open} now=${now} follow=${follow} /></aside>
    <main class="right" id="main" tabindex="-1">${opened && html`<button type="button" class="small back" onClick=${back}>← List</button>`}${detail()}</main>
    ${help && html`<${Help} onClose=${() => setHelp(false)} />`}
  </div>`;
}

function App() {
  const { state, info, head } = useProgram();
  if (state === "refused") return html`<${Locked} />`;
  if (!info) return html`<p class="muted loading">Connecting …</p>`;
  return html`<${Main} info=${info} head=${head} state=${state} />`;
}

const root = document.getElementById("app");
render((await findToken()) ? html`<${App} />` : html`<${Locked} />`, root);
