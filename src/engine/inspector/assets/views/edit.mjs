// Edit a delivery and send it: its body, its headers, how it is signed, and a fault on purpose.

import { html } from "../html.mjs";
import { useState } from "../vendor/hooks.mjs";
import { post } from "../api.mjs";
import { Dialog, Problem, Text } from "./parts.mjs";
import { Target, useTarget } from "./target.mjs";

/** Headers that the connection sets, and those of the signature while it is made anew. */
const PASSING = new Set(["host", "connection", "content-length", "transfer-encoding", "accept-encoding", "expect"]);
const SIGNED = new Set(["magic-hour-event-signature", "magic-hour-event-timestamp"]);

const linesOf = (pairs, left) => pairs.filter(([name]) => !left.has(name)).map(([name, value]) => `${name}: ${value}`).join("\n");

/** Reads `name: value` lines; a line without a colon is an error. */
function pairsOf(text) {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`the header line "${line.slice(0, 60)}" has no colon`);
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}

function noteOf({ edited, signing, fault }) {
  const words = [edited && "edited", fault && `fault ${fault}`, !fault && signing === "anew" && "signed anew", signing === "kept" && "as it was"];
  return words.filter(Boolean).join(", ");
}

/** The dialog. `onSent` gets the attempt and a note of how it was made. */
export function Edit({ delivery, info, onClose, onSent }) {
  const [signing, setSigning] = useState("anew");
  const [fault, setFault] = useState("");
  const [body, setBody] = useState(delivery.body ?? "");
  const [headers, setHeaders] = useState(() => linesOf(delivery.headers, new Set([...PASSING, ...SIGNED])));
  const [target, setTarget] = useTarget(info);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const isText = delivery.body !== undefined;
  const chosen = info.faults.find(({ name }) => name === fault);
  const changeSigning = (value) => {
    setSigning(value);
    setHeaders(linesOf(delivery.headers, value === "kept" ? PASSING : new Set([...PASSING, ...SIGNED])));
  };
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const request = { to: target, sign: signing === "anew", headers: pairsOf(headers), faults: fault ? [fault] : [] };
      if (isText) request.body = body;
      const { attempt } = await post(`/api/deliveries/${delivery.id}/replay`, request);
      onSent(attempt, noteOf({ edited: isText && body !== delivery.body, signing, fault }));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return html`<${Dialog} wide title=${`Edit and send #${delivery.id}`} onClose=${onClose}><form class="edit" onSubmit=${send}>
    <${Target} info=${info} target=${target} onChange=${setTarget} />
    <fieldset class="options"><legend>Signature</legend>
      <label><input type="radio" name="signing" checked=${signing === "anew"} onChange=${() => changeSigning("anew")} /> signed anew, now</label>
      <label><input type="radio" name="signing" checked=${signing === "kept"} disabled=${fault !== ""} onChange=${() => changeSigning("kept")} /> as it was</label>
    </fieldset>
    <label>Fault <select value=${fault} onChange=${(event) => (setFault(event.target.value), event.target.value && changeSigning("anew"))}>
      <option value="">none: a correct delivery</option>
      ${info.faults.map(({ name, about }) => html`<option key=${name} value=${name}>${name}: ${about}</option>`)}</select></label>
    ${chosen && html`<p class="muted"><${Text}>${chosen.expected}<//></p>`}
    <label>Body ${isText ? html`<textarea class="mono" rows="12" data-first spellcheck=${false} value=${body} onInput=${(event) => setBody(event.target.value)}></textarea>` : html`<span class="muted">is not text, and is sent as it came</span>`}</label>
    <label>Headers <textarea class="mono" rows="4" spellcheck=${false} value=${headers} onInput=${(event) => setHeaders(event.target.value)}></textarea></label>
    ${error && html`<${Problem} error=${error} />`}
    <footer><span class="muted">${signing === "anew" ? "What is signed is what is sent, byte for byte." : "The old timestamp may be out of the handler's tolerance."}</span>
      <button type="button" onClick=${onClose}>Cancel</button><button type="submit" class="primary" disabled=${busy}>${busy ? "Sending …" : "Send"}</button></footer>
  </form><//>`;
}
