// The files of a completed event: shown on a click, straight from where they are, never through this program.

import { html } from "../html.mjs";
import { useState } from "../vendor/hooks.mjs";
import { countdown } from "../pure/format.mjs";
import { visible } from "../pure/text.mjs";
import { Copy, Text } from "./parts.mjs";

function Preview({ file, kind }) {
  const [failed, setFailed] = useState(false);
  if (failed) return html`<p class="remark bad">The file could not be shown; its link may have expired, or its host is not reachable.</p>`;
  const common = { src: file.url, referrerpolicy: "no-referrer", onError: () => setFailed(true) };
  if (kind === "image") return html`<img alt=${`Output ${file.number}`} ...${common} />`;
  if (kind === "audio") return html`<audio controls preload="none" aria-label=${`Output ${file.number}`} ...${common}></audio>`;
  return html`<video controls preload="none" aria-label=${`Output ${file.number}`} ...${common}></video>`;
}

function File({ file, kind, verified, now }) {
  const [open, setOpen] = useState(false);
  const left = Date.parse(file.expires_at) - now;
  const expired = left <= 0;
  return html`<li class="file">
    <div class="line-one"><strong>Output ${file.number}</strong> <span class="muted"><${Text}>${file.media_type ?? "unknown type"}<//></span>
      <span class="grow"></span>
      <span class=${expired ? "remark bad" : left < 3600_000 ? "remark doubt" : "muted"} title=${file.expires_at}>${expired ? "expired" : `expires in ${countdown(left)}`}</span></div>
    <div class="mono target"><${Text}>${file.url.split("?")[0]}<//></div>
    <div class="tools">
      ${!expired && verified && file.shown && html`<button type="button" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${open ? "Hide" : "Show"}</button>`}
      <${Copy} text=${file.url} label="Copy link" /></div>
    ${expired && html`<p class="muted">Get fresh links from the details endpoint: <code>GET /v1/${kind}-projects/{id}</code>.</p>`}
    ${!expired && !verified && html`<p class="muted">Not shown: the delivery is not verified, and a forged event must not make your browser call out.</p>`}
    ${!expired && verified && !file.shown && html`<p class="muted">Not shown: <${Text}>${visible(file.host)}<//> is neither Magic Hour nor the sandbox of this run.</p>`}
    ${open && !expired && html`<${Preview} file=${file} kind=${kind} />`}
  </li>`;
}

/** The files that an event names. */
export function Media({ delivery, now }) {
  return html`<ul class="media">${delivery.media.map(
    (file) => html`<${File} key=${file.url} file=${file} kind=${delivery.kind} verified=${delivery.verdict === "verified"} now=${now} />`,
  )}</ul>`;
}
