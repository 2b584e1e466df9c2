// Small pieces that every view uses: shapes, times, buttons that copy, received text.

import { html } from "../html.mjs";
import { useEffect, useLayoutEffect, useRef, useState } from "../vendor/hooks.mjs";
import { pieces } from "../pure/text.mjs";
import { dateAndTime, relative } from "../pure/format.mjs";

/** Feedback of a button is gone after this time. */
const FEEDBACK = 2000;

/** Received text: what is hidden in it is an escape, and its direction stays its own. */
export function Text({ children, ...rest }) {
  const text = String(children ?? "");
  return html`<bdi ...${rest}>${pieces(text).map(([part, hidden]) => (hidden ? html`<span class="escape">${part}</span>` : part))}</bdi>`;
}

const SHAPES = {
  good: html`<circle cx="8" cy="8" r="7" /><path class="ink" d="M4.6 8.200l2.3 2.3 4.5-4.8" />`,
  doubt: html`<path d="M8 .8 15.4 14.600H.6z" /><path class="ink" d="M8 5.400v4M8 11.600v.4" />`,
  bad: html`<path d="M4.8.8h6.400l4 4v6.400l-4 4H4.800l-4-4V4.800z" /><path class="ink" d="M5.4 5.400l5.2 5.200M10.6 5.400l-5.2 5.2" />`,
  step: html`<circle cx="8" cy="8" r="5" />`,
  wait: html`<circle class="ring" cx="8" cy="8" r="6" />`,
  none: html`<circle cx="8" cy="8" r="7" /><path class="ink" d="M4.8 8h6.4" />`,
};

const TONES = {
  verified: "good", pass: "good", held: "good", delivered: "good",
  unverified: "doubt", note: "doubt", warning: "doubt",
  invalid: "bad", fail: "bad", failed: "bad",
  pending: "wait", skipped: "none", consequence: "none", "not-asked": "none",
};

/** The tone of a verdict, an outcome or a state. */
export const toneOf = (word) => TONES[word] ?? "none";

/** The shape that goes with a tone; it says nothing that the word beside it does not say. */
export function Shape({ tone }) {
  return html`<svg class="shape ${tone}" viewBox="0 0 16 16" aria-hidden="true">${SHAPES[tone]}</svg>`;
}

/** A verdict by word and shape. */
export function Verdict({ word }) {
  return html`<span class="verdict ${toneOf(word)}"><${Shape} tone=${toneOf(word)} />${word}</span>`;
}

/** The tone of an HTTP status; none was given when it is null. */
export const statusTone = (status) => (status === null ? "none" : status < 300 ? "good" : status < 400 ? "doubt" : "bad");

/** An HTTP status. */
export function Status({ code, missing = "no answer" }) {
  return html`<span class="status ${code === null ? "bad" : statusTone(code)}">${code ?? missing}</span>`;
}

/** A time that ticks; the absolute one is its title. */
export function Time({ iso, now }) {
  const at = Date.parse(iso);
  return html`<time datetime=${iso} title=${dateAndTime(at)}>${relative(at, now)}</time>`;
}

/** Copies text and reports whether that worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A button that copies what `text` gives; its word changes for a moment. */
export function Copy({ text, label = "Copy", title, class: name = "" }) {
  const [said, setSaid] = useState("");
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    const worked = await copyText(typeof text === "function" ? text() : text);
    setSaid(worked ? "Copied" : "Not allowed");
    clearTimeout(timer.current);
    timer.current = setTimeout(setSaid, FEEDBACK, "");
  };
  return html`<button type="button" class="small ${name}" title=${title} onClick=${copy}>
    <span aria-live="polite">${said || label}</span>
  </button>`;
}

/** A key as it stands on the keyboard. */
export const Key = ({ children }) => html`<kbd>${children}</kbd>`;

/** A failure of the program or of a call, with what to do. */
export function Problem({ error, again }) {
  return html`<div class="problem" role="alert">
    <${Shape} tone="bad" />
    <div><p><${Text}>${error.message}<//></p>${error.hint && html`<p class="muted"><${Text}>${error.hint}<//></p>`}</div>
    ${again && html`<button type="button" onClick=${again}>Try again</button>`}
  </div>`;
}

/** A titled part of a page. */
export function Section({ title, aside, children, class: name = "" }) {
  return html`<section class="card ${name}"><header><h2>${title}</h2>${aside && html`<div class="aside">${aside}</div>`}</header>${children}</section>`;
}

/** A dialog that is open as long as it is there. Escape and the button close it; the focus goes back. */
export function Dialog({ title, onClose, children, wide }) {
  const dialog = useRef(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    dialog.current.querySelector("[data-first]")?.focus();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${dialog} class=${wide ? "wide" : ""} aria-labelledby="dialog-title"
    onCancel=${(event) => (event.preventDefault(), onClose())} onClick=${(event) => event.target === dialog.current && onClose()}>
    <div class="dialog"><header><h2 id="dialog-title">${title}</h2>
      <button type="button" class="plain" aria-label="Close" onClick=${onClose}>✕</button></header>${children}</div>
  </dialog>`;
}
