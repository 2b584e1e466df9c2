// What to do when nothing has come yet.

import { html } from "../html.mjs";
import { useState } from "../vendor/hooks.mjs";
import { post } from "../api.mjs";
import { Copy, Problem } from "./parts.mjs";

const SAMPLE = "video.completed";

function Line({ text }) {
  return html`<div class="copy-line"><code>${text}</code><${Copy} text=${text} /></div>`;
}

/** Sends a sample event to the receiver. */
export function useSample(info) {
  const [state, setState] = useState({ busy: false, error: null });
  const send = async (type = SAMPLE) => {
    setState({ busy: true, error: null });
    try {
      await post("/api/send", { type, to: info.receiver ?? info.targets[0].url });
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return { ...state, send };
}

/** The page of an empty journal. */
export function Empty({ info }) {
  const sample = useSample(info);
  const to = info.receiver && info.receiver !== "http://localhost:8000/webhook" ? ` --to ${info.receiver}` : "";
  return html`<div class="empty"><h1>No delivery yet</h1>
    ${info.receiver
      ? html`<p>Point a webhook at this address. It is on this machine only; a tunnel makes it public.</p><${Line} text=${info.receiver} />`
      : html`<p>Nothing listens yet. Start a receiver in another terminal; its deliveries appear here.</p><${Line} text="mh-hook listen" />`}
    <p>Try it: send a signed event, as Magic Hour would.</p><${Line} text=${`mh-hook send ${SAMPLE}${to}`} />
    ${info.receiver && html`<p><button type="button" class="primary" disabled=${sample.busy} onClick=${() => sample.send()}>Send one now</button></p>`}
    ${sample.error && html`<${Problem} error=${sample.error} />`}
  </div>`;
}

/** The page beside a list of which nothing is open. */
export function Nothing({ info }) {
  const sample = useSample(info);
  return html`<div class="empty quiet"><h1>Choose a delivery</h1>
    <p>Arrow keys or <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> opens, <kbd>?</kbd> shows all keys.</p>
    ${info.receiver && html`<p><button type="button" disabled=${sample.busy} onClick=${() => sample.send()}>Send one now</button></p>`}
    ${sample.error && html`<${Problem} error=${sample.error} />`}</div>`;
}
