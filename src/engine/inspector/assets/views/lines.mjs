// Many lines of text, of which only those in view are in the page.

import { html } from "../html.mjs";
import { useLayoutEffect, useRef, useState } from "../vendor/hooks.mjs";
import { windowOf } from "../pure/window.mjs";

const LINE_HEIGHT = 20;
/** Up to this many lines are simply there, without a scrollbar of their own. */
const ALL = 120;

/** Draws `count` lines with `line(at)`, numbered in the gutter where `numbers` gives a number. */
export function Lines({ count, line, label, gutter }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    if (box.current && count > ALL) setView({ top: box.current.scrollTop, height: box.current.clientHeight });
  }, [count]);
  const whole = count <= ALL;
  const { first, last, total } = whole ? { first: 0, last: count, total: 0 } : windowOf(view.top, view.height, LINE_HEIGHT, count);
  const rows = [];
  for (let at = first; at < last; at += 1) {
    rows.push(html`<div class="line" key=${at}><span class="gutter" aria-hidden="true">${gutter ? gutter(at) : at + 1}</span><code>${line(at)}</code></div>`);
  }
  const onScroll = (event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight });
  return html`<div class="lines ${whole ? "" : "window"}" ref=${box} role="region" aria-label=${label} tabindex="0" onScroll=${whole ? undefined : onScroll}>
    ${whole ? rows : html`<div style=${{ height: `${total}px`, position: "relative" }}><div style=${{ transform: `translateY(${first * LINE_HEIGHT}px)` }}>${rows}</div></div>`}
  </div>`;
}
