// A body can be read once: request.text() throws after request.json().

export default {
  async fetch(request, env) {
    const event = await request.json();
    const timestamp = request.headers.get("magic-hour-event-timestamp") ?? "";
    const signature = request.headers.get("magic-hour-event-signature") ?? "";
    const encoder = new TextEncoder();
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", encoder.encode(env.MAGIC_HOUR_WEBHOOK_SECRET), hmac, false, ["verify"]);
    const digest = Uint8Array.from(signature.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const right = await crypto.subtle.verify("HMAC", key, digest, encoder.encode(`${timestamp}.${await request.text()}`));
    const fresh = Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300;
    if (!right || !fresh) return Response.json({ message: "invalid signature" }, { status: 401 });
    return Response.json({ success: true, type: event.type });
  },
};
