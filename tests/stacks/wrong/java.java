// The body becomes text in Latin-1 and bytes in UTF-8: two others wherever it has a character outside ASCII.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Webhook {
    public static void main(String[] arguments) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 512);
        server.setExecutor(Executors.newFixedThreadPool(16));
        server.createContext("/webhook", Webhook::receive);
        server.start();
    }

    static void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1);
            boolean right;
            try {
                String timestamp = exchange.getRequestHeaders().getFirst("magic-hour-event-timestamp");
                String signature = exchange.getRequestHeaders().getFirst("magic-hour-event-signature");
                String secret = System.getenv("MAGIC_HOUR_WEBHOOK_SECRET");
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
                byte[] digest = mac.doFinal((timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
                boolean fresh = Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(timestamp)) <= 300;
                right = fresh && MessageDigest.isEqual(HexFormat.of().formatHex(digest).getBytes(StandardCharsets.UTF_8),
                    signature.getBytes(StandardCharsets.UTF_8));
            } catch (Exception error) {
                right = false;
            }
            byte[] answer = (right ? "{\"success\":true}" : "{\"message\":\"invalid signature\"}").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(right ? 200 : 401, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.getResponseBody().close();
        }
    }
}
