// The list of deliveries: live, newest first, a window of rows.

import { html } from "../html.mjs";
import { useEffect, useLayoutEffect, useRef, useState } from "../vendor/hooks.mjs";
import { windowOf, scrollTo } from "../pure/window.mjs";
import { isWaiting, waitingCount } from "../pure/rows.mjs";
import { shortId, shortTime, size, plural, duration } from "../pure/format.mjs";
import { Shape, Status, Text, toneOf } from "./parts.mjs";

export const ROW_HEIGHT = 58;
/** Rows above and below the view that are loaded as well. */
const AHEAD = 120;

function remarkOf(row) {
  if (row.verdict !== "verified" && row.explanation) return row.explanation;
  if (row.problem) return `body: ${row.problem}`;
  return null;
}

function handlerOf(row) {
  const last = row.handler;
  if (!last) return null;
  const answer = last.answered ?? last.error ?? "no answer";
  return `handler ${answer} in ${duration(last.elapsed_ms)}`;
}

function Row({ row, at, active, selected, now, onOpen, total }) {
  const remark = remarkOf(row);
  const handler = handlerOf(row);
  return html`<div role="option" id=${`row-${row.id}`} class="row ${active ? "active" : ""} ${toneOf(row.verdict)}"
    aria-selected=${selected ? "true" : "false"} aria-posinset=${at + 1} aria-setsize=${total} onClick=${() => onOpen(at)}>
    <${Shape} tone=${toneOf(row.verdict)} />
    <span class="first"><${Text} class="type">${row.type ?? "no event"}<//>
      ${row.attempt > 1 && html`<span class="tag">attempt ${row.attempt}</span>`}
      ${remark && row.job_id && html`<${Text} class="mono muted of">${shortId(row.job_id)}<//>`}</span>
    <span class="answer"><${Status} code=${row.answered} missing="open" /></span>
    <span class="second"><span class="time">${shortTime(Date.parse(row.received_at), now)}</span>
      <span class="word ${toneOf(row.verdict)}">${row.verdict}</span>
      ${remark ? html`<${Text} class="remark">${remark}<//>` : html`<${Text} class="mono job">${shortId(row.job_id ?? "no job")}<//>`}
      ${handler && html`<span class="muted extra">${handler}</span>`}</span>
    <span class="size">${size(row.size)}</span>
  </div>`;
}

/** The rows with their keyboard focus. `list` is what useDeliveries gives. */
export function List({ list, active, setActive, goal, selectedId, onOpen, now, follow }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const { rows } = list.state;
  const measure = () => {
    if (!box.current) return;
    const { scrollTop, clientHeight } = box.current;
    setView({ top: scrollTop, height: clientHeight });
    list.setAtTop(scrollTop < ROW_HEIGHT / 2);
  };
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  // Rows that are added above must not move those in view.
  const before = useRef(0);
  useLayoutEffect(() => {
    const added = list.state.added - before.current;
    if (added > 0 && box.current.scrollTop >= ROW_HEIGHT / 2) box.current.scrollTop += added * ROW_HEIGHT;
    before.current = list.state.added;
    measure();
  }, [rows]);
  useLayoutEffect(() => {
    const at = rows.findIndex((row) => row?.id === active);
    if (at >= 0) box.current.scrollTop = scrollTo(at, box.current.scrollTop, box.current.clientHeight, ROW_HEIGHT);
  }, [active]);
  useLayoutEffect(() => {
    if (goal !== null) box.current.scrollTop = scrollTo(goal, box.current.scrollTop, box.current.clientHeight, ROW_HEIGHT);
  }, [goal]);
  const { first, last, total } = windowOf(view.top, view.height, ROW_HEIGHT, rows.length);
  useEffect(() => {
    if (rows.length - last < AHEAD) list.loadOlder();
  }, [last, rows.length, list.state.next]);
  useEffect(() => {
    if (rows.length) list.loadBetween(Math.max(0, first - AHEAD), Math.min(rows.length, last + AHEAD));
  }, [first, last, rows]);
  const reveal = () => {
    list.reveal();
    box.current.scrollTop = 0;
  };
  const waits = isWaiting(list.state);
  const drawn = [];
  for (let at = first; at < last; at += 1) {
    const row = rows[at];
    if (row) drawn.push(html`<${Row} key=${row.id} row=${row} at=${at} now=${now} active=${row.id === active}
      selected=${row.id === selectedId} total=${list.state.next ? -1 : rows.length} onOpen=${() => (setActive(row.id), onOpen(row.id))} />`);
    else drawn.push(html`<div role="presentation" key=${`place-${at}`} class="row place"></div>`);
  }
  return html`<div class="listing">
    <div class="pill-place" role="status">${waits && html`<button type="button" class="pill" onClick=${reveal}>↑ ${waitingCount(list.state)} new</button>`}</div>
    <div class="rows" ref=${box} role="listbox" id="deliveries" aria-label="Deliveries, newest first" tabindex="0" data-keys="list"
      aria-activedescendant=${active === null ? undefined : `row-${active}`} onScroll=${measure}>
      <div role="presentation" style=${{ height: `${total}px`, position: "relative" }}>
        <div role="presentation" style=${{ transform: `translateY(${first * ROW_HEIGHT}px)` }}>${drawn}</div></div>
    </div>
    <footer class="list-foot muted"><span>${list.state.loaded ? plural(rows.length, "delivery", "deliveries") : "loading"}${list.state.next ? " loaded, older below" : ""}${list.state.capped ? ", the newest; a search finds older ones" : ""}</span>
      ${list.searching ? html`<span>searching older ones …</span>` : html`<span>${follow ? "following" : "not following"}</span>`}</footer>
  </div>`;
}
