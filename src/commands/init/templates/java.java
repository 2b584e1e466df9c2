// Receives Magic Hour's webhooks with the JDK alone: verifies, answers, then works.
//
//     MAGIC_HOUR_WEBHOOK_SECRET=... java Webhook.java [PORT]
//
// A JSON library belongs where `field` is; the body is verified before anything is parsed.

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Webhook {
    static final long TOLERANCE_SECONDS = 300;
    static final int MAX_BODY_BYTES = 2 * 1024 * 1024;
    static final String SECRET = System.getenv().getOrDefault("MAGIC_HOUR_WEBHOOK_SECRET", "").strip();
    // Survives no restart and is not shared between processes: use a table with a unique key on (job id, type) in production.
    static final Set<String> HANDLED = ConcurrentHashMap.newKeySet();
    static final ExecutorService WORKER = Executors.newSingleThreadExecutor();

    record Event(String type, String id) {}

    public static void main(String[] arguments) throws IOException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8000;
        if (SECRET.isEmpty()) {
            System.err.println("MAGIC_HOUR_WEBHOOK_SECRET is not set");
            System.exit(1);
        }
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 512);
            server.createContext("/webhook", Webhook::receive);
            server.setExecutor(Executors.newFixedThreadPool(16));
            server.start();
            System.out.println("listening on http://127.0.0.1:" + server.getAddress().getPort() + "/webhook");
        } catch (BindException error) {
            System.err.println("cannot listen on port " + port + ": it is in use");
            System.exit(1);
        }
    }

    static void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                answer(exchange, 405, "{\"message\":\"only POST\"}");
                return;
            }
            // The bytes as they came: they were signed, not what a parser makes of them.
            byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
            if (body.length > MAX_BODY_BYTES) {
                answer(exchange, 413, "{\"message\":\"body too large\"}");
                return;
            }
            if (!isAuthentic(exchange.getRequestHeaders(), body)) {
                answer(exchange, 401, "{\"message\":\"wrong signature\"}");
                return;
            }
            Event event = parse(body);
            if (event == null) {
                answer(exchange, 400, "{\"message\":\"body is not an event\"}");
                return;
            }
            answer(exchange, 200, "{\"success\":true}");
            // The same event may come again: it is answered alike, and handled once.
            if (HANDLED.add(event.id() + ":" + event.type())) {
                WORKER.submit(() -> handle(event));
            }
        }
    }

    /** Your work, after the answer: Magic Hour waits 10 s for that, and no longer. */
    static void handle(Event event) {
        String phase = event.type().substring(event.type().indexOf('.') + 1);
        switch (phase) {
            case "completed" -> System.out.println("ready: " + event.id());
            case "errored" -> System.out.println("failed: " + event.id());
            default -> System.out.println("noted: " + event.type()); // Types that are new are no error either.
        }
    }

    static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.getResponseBody().close();
    }

    static boolean isAuthentic(Headers headers, byte[] body) {
        String signature = only(headers, "magic-hour-event-signature", "[0-9a-f]{64}");
        String timestamp = only(headers, "magic-hour-event-timestamp", "[0-9]{1,12}");
        if (signature == null || timestamp == null) {
            return false;
        }
        if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > TOLERANCE_SECONDS) {
            return false;
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((timestamp + ".").getBytes(StandardCharsets.US_ASCII));
            // Compares in constant time.
            return MessageDigest.isEqual(mac.doFinal(body), HexFormat.of().parseHex(signature));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    /** The value of a header that must be there once and in its form. */
    static String only(Headers headers, String name, String form) {
        List<String> values = headers.getOrDefault(name, List.of());
        return values.size() == 1 && values.get(0).matches(form) ? values.get(0) : null;
    }

    static Event parse(byte[] body) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            return new Json(text).event();
        } catch (CharacterCodingException | IllegalArgumentException error) {
            return null;
        }
    }

    /** Reads just what is needed of an event: replace it with the JSON library of your application. */
    static final class Json {
        private static final int MAX_DEPTH = 100;
        private final String text;
        private int at;

        Json(String text) {
            this.text = text;
        }

        Event event() {
            String[] found = new String[2];
            object(key -> {
                if (key.equals("type")) {
                    found[0] = string();
                } else if (key.equals("payload")) {
                    object(inner -> {
                        if (inner.equals("id")) {
                            found[1] = string();
                        } else {
                            value(2);
                        }
                    });
                } else {
                    value(1);
                }
            });
            space();
            require(at == text.length() && found[0] != null && found[1] != null);
            return new Event(found[0], found[1]);
        }

        private void object(java.util.function.Consumer<String> member) {
            take('{');
            if (!next('}')) {
                do {
                    String key = string();
                    take(':');
                    member.accept(key);
                } while (next(','));
                take('}');
            }
        }

        private void value(int depth) {
            require(depth < MAX_DEPTH);
            space();
            require(at < text.length());
            switch (text.charAt(at)) {
                case '{' -> object(key -> value(depth + 1));
                case '[' -> {
                    take('[');
                    if (!next(']')) {
                        do {
                            value(depth + 1);
                        } while (next(','));
                        take(']');
                    }
                }
                case '"' -> string();
                default -> {
                    var scalar = java.util.regex.Pattern.compile("true|false|null|-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?").matcher(text);
                    scalar.region(at, text.length());
                    require(scalar.lookingAt());
                    at = scalar.end();
                }
            }
        }

        private String string() {
            take('"');
            StringBuilder out = new StringBuilder();
            for (;;) {
                require(at < text.length());
                char letter = text.charAt(at++);
                if (letter == '"') {
                    return out.toString();
                }
                require(letter >= ' ');
                if (letter != '\\') {
                    out.append(letter);
                    continue;
                }
                require(at < text.length());
                char escaped = text.charAt(at++);
                int simple = "\"\\/bfnrt".indexOf(escaped);
                if (simple >= 0) {
                    out.append("\"\\/\b\f\n\r\t".charAt(simple));
                } else {
                    require(escaped == 'u' && at + 4 <= text.length());
                    out.append((char) Integer.parseInt(text.substring(at, at += 4), 16));
                }
            }
        }

        private boolean next(char wanted) {
            space();
            boolean there = at < text.length() && text.charAt(at) == wanted;
            at += there ? 1 : 0;
            return there;
        }

        private void take(char wanted) {
            require(next(wanted));
        }

        private void space() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private static void require(boolean holds) {
            if (!holds) {
                throw new IllegalArgumentException("not an event");
            }
        }
    }
}
