// Receives Magic Hour's webhooks with Spring Boot: verifies, answers, then works.
//
// Needs spring-boot-starter-web. In an application of yours, move it into a package below your application class and
// leave `main` and the annotation @SpringBootApplication out.
//
//     MAGIC_HOUR_WEBHOOK_SECRET=... ./mvnw spring-boot:run -Dspring-boot.run.arguments=--server.port=8000

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class WebhookController {
    private static final long TOLERANCE_SECONDS = 300;

    private final byte[] secret;
    private final ObjectMapper json = new ObjectMapper();
    // Survives no restart and is not shared between processes: use a table with a unique key on (job id, type) in production.
    private final Set<String> handled = ConcurrentHashMap.newKeySet();
    private final ExecutorService worker = Executors.newSingleThreadExecutor();

    public WebhookController() {
        String text = System.getenv().getOrDefault("MAGIC_HOUR_WEBHOOK_SECRET", "").strip();
        if (text.isEmpty()) {
            throw new IllegalStateException("MAGIC_HOUR_WEBHOOK_SECRET is not set");
        }
        secret = text.getBytes(StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) {
        SpringApplication.run(WebhookController.class, arguments);
    }

    // byte[] is the body as it came: it was signed, not what Jackson makes of it.
    @PostMapping("/webhook")
    public ResponseEntity<Map<String, Object>> receive(
            @RequestHeader HttpHeaders headers, @RequestBody(required = false) byte[] received) {
        byte[] body = received == null ? new byte[0] : received;
        if (!isAuthentic(headers, body)) {
            return ResponseEntity.status(401).body(Map.of("message", "wrong signature"));
        }
        JsonNode event = parse(body);
        if (event == null) {
            return ResponseEntity.status(400).body(Map.of("message", "body is not an event"));
        }
        // The same event may come again: it is answered alike, and handled once.
        if (handled.add(event.get("payload").get("id").textValue() + ":" + event.get("type").textValue())) {
            worker.submit(() -> handle(event));
        }
        return ResponseEntity.ok(Map.of("success", true));
    }

    /** Your work, after the answer: Magic Hour waits 10 s for that, and no longer. */
    private void handle(JsonNode event) {
        String type = event.get("type").textValue();
        switch (type.substring(type.indexOf('.') + 1)) {
            case "completed" -> System.out.println("ready: " + event.get("payload").path("downloads").findValuesAsText("url"));
            case "errored" -> System.out.println("failed: " + event.get("payload").path("error"));
            default -> System.out.println("noted: " + type); // Types that are new are no error either.
        }
    }

    private boolean isAuthentic(HttpHeaders headers, byte[] body) {
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
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update((timestamp + ".").getBytes(StandardCharsets.US_ASCII));
            // Compares in constant time.
            return MessageDigest.isEqual(mac.doFinal(body), HexFormat.of().parseHex(signature));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    /** The value of a header that must be there once and in its form. */
    private static String only(HttpHeaders headers, String name, String form) {
        List<String> values = headers.getValuesAsList(name);
        return values.size() == 1 && values.get(0).matches(form) ? values.get(0) : null;
    }

    private JsonNode parse(byte[] body) {
        try {
            // Decoded strictly: what is not UTF-8 is no event.
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            JsonNode event = json.readTree(text);
            boolean good = event != null && event.path("type").isTextual() && event.path("payload").path("id").isTextual();
            return good ? event : null;
        } catch (IOException | StackOverflowError error) {
            return null;
        }
    }
}
