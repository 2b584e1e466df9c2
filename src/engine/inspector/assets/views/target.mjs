// Where to send: a configured handler, the receiver, or a URL of this machine that is typed in.

import { html } from "../html.mjs";
import { useState } from "../vendor/hooks.mjs";

const OTHER = "other";
const KEPT = "mh-hook-target";

/** The target that was used last in this tab, or the first that is configured. */
export function useTarget(info) {
  const [target, setTarget] = useState(() => sessionStorage.getItem(KEPT) ?? info.targets[0].url);
  return [
    target,
    (url) => {
      sessionStorage.setItem(KEPT, url);
      setTarget(url);
    },
  ];
}

/** A choice of targets. `none` are the words for no target, where that is a choice. */
export function Target({ info, target, onChange, label = "Send to", none = "" }) {
  const known = info.targets.some(({ url }) => url === target) || (none !== "" && target === "");
  const [other, setOther] = useState(!known);
  const choose = (event) => {
    const value = event.target.value;
    setOther(value === OTHER);
    if (value !== OTHER) onChange(value);
  };
  return html`<div class="target-choice"><label>${label} <select value=${other ? OTHER : target} onChange=${choose}>
      ${none && html`<option value="">${none}</option>`}
      ${info.targets.map(({ url, name }) => html`<option key=${url} value=${url}>${name}: ${url}</option>`)}
      <option value=${OTHER}>another URL on this machine</option></select></label>
    ${other && html`<label>URL <input type="url" class="mono" required placeholder="http://localhost:3000/webhook" value=${known ? "" : target} onInput=${(event) => onChange(event.target.value)} /></label>`}
  </div>`;
}
