//! The lines of code that fix a part of a handler, for each framework and language.

use crate::engine::conformance::server_framework::{Language, ServerFramework};
use crate::engine::conformance::topic::RuleTopic;

/// The lines that fix this part of a handler in this framework.
pub fn fix_code(topic: RuleTopic, framework: ServerFramework) -> Option<&'static str> {
    match topic {
        RuleTopic::RawBody => Some(raw_body(framework)),
        RuleTopic::Signature => Some(signature(framework.language())),
        RuleTopic::Window => Some(window(framework.language())),
        RuleTopic::Secret => Some(secret(framework.language())),
        RuleTopic::Parsing => Some(parsing(framework.language())),
        RuleTopic::Csrf => csrf(framework),
        RuleTopic::AnswerFirst => answer_first(framework),
        RuleTopic::Status => Some(status(framework)),
        RuleTopic::Other => None,
    }
}

const fn raw_body(framework: ServerFramework) -> &'static str {
    match framework {
        ServerFramework::Express => {
            "// before app.use(express.json())\napp.post(\"/webhook\", express.raw({ type: () => true, limit: \"2mb\" }), (req, res) => {\n  const body = req.body; // a Buffer"
        }
        ServerFramework::Nextjs => "const body = Buffer.from(await request.arrayBuffer()); // not request.json()",
        ServerFramework::Hono => "const body = new Uint8Array(await c.req.arrayBuffer()); // not c.req.json()",
        ServerFramework::Worker => {
            "const body = new Uint8Array(await request.arrayBuffer()); // once; not request.json()"
        }
        ServerFramework::Fastify => {
            "app.removeAllContentTypeParsers();\napp.addContentTypeParser(\"*\", { parseAs: \"buffer\" }, (request, body, done) => done(null, body));\n// in the route: request.body is a Buffer"
        }
        ServerFramework::Nestjs => {
            "const app = await NestFactory.create(AppModule, { rawBody: true });\n// in the controller: @Req() request: RawBodyRequest<Request>, then request.rawBody"
        }
        ServerFramework::Lambda => {
            "const body = Buffer.from(event.body ?? \"\", event.isBase64Encoded ? \"base64\" : \"utf8\");"
        }
        ServerFramework::Fastapi => "async def webhook(request: Request):  # no model\n    body = await request.body()",
        ServerFramework::Flask => "body = request.get_data()  # not request.json, not request.form",
        ServerFramework::Django => "body = request.body  # before request.POST is read",
        ServerFramework::Sinatra | ServerFramework::Rails => {
            "request.body.rewind\nbody = request.body.read  # Rails: request.raw_post"
        }
        ServerFramework::Php => {
            "$body = file_get_contents('php://input');  // not $_POST, not json_encode(json_decode(...))"
        }
        ServerFramework::Spring => "public ResponseEntity<?> receive(@RequestBody(required = false) byte[] body) {",
        ServerFramework::Go => "body, err := io.ReadAll(request.Body)",
        ServerFramework::Aspnet => {
            "using var buffer = new MemoryStream();\nawait request.Body.CopyToAsync(buffer);\nvar body = buffer.ToArray();"
        }
    }
}

const fn signature(language: Language) -> &'static str {
    match language {
        Language::JavaScript => {
            "const expected = createHmac(\"sha256\", secret).update(`${timestamp}.`).update(body).digest();\nconst right = /^[0-9a-f]{64}$/.test(signature) && timingSafeEqual(expected, Buffer.from(signature, \"hex\"));"
        }
        Language::Python => {
            "expected = hmac.new(secret, timestamp.encode() + b\".\" + body, hashlib.sha256).hexdigest()\nright = re.fullmatch(\"[0-9a-f]{64}\", signature) and hmac.compare_digest(expected, signature)"
        }
        Language::Ruby => {
            "expected = OpenSSL::HMAC.hexdigest(\"SHA256\", secret, \"#{timestamp}.\".b + body.b)\nright = signature.match?(/\\A[0-9a-f]{64}\\z/) && OpenSSL.fixed_length_secure_compare(expected, signature)"
        }
        Language::Php => "$right = hash_equals(hash_hmac('sha256', \"$timestamp.$body\", $secret), $signature);",
        Language::Java => {
            "mac.update((timestamp + \".\").getBytes(US_ASCII));\nboolean right = signature.matches(\"[0-9a-f]{64}\")\n    && MessageDigest.isEqual(mac.doFinal(body), HexFormat.of().parseHex(signature));"
        }
        Language::Go => {
            "mac := hmac.New(sha256.New, secret)\nmac.Write([]byte(timestamp + \".\"))\nmac.Write(body)\nright := hmac.Equal(mac.Sum(nil), given) // given is the signature, decoded from hex"
        }
        Language::CSharp => {
            "var signed = Encoding.ASCII.GetBytes(timestamp + \".\").Concat(body).ToArray();\nvar right = CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secret, signed), given);"
        }
    }
}

const fn window(language: Language) -> &'static str {
    match language {
        Language::JavaScript => {
            "if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) refuse(401);"
        }
        Language::Python => {
            "if not re.fullmatch(\"[0-9]{1,12}\", timestamp, re.ASCII) or abs(time.time() - int(timestamp)) > 300:\n    refuse(401)"
        }
        Language::Ruby => {
            "refuse 401 unless timestamp.match?(/\\A[0-9]{1,12}\\z/) && (Time.now.to_i - timestamp.to_i).abs <= 300"
        }
        Language::Php => "if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > 300) { refuse(401); }",
        Language::Java => {
            "if (!timestamp.matches(\"[0-9]{1,12}\")\n    || Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > 300) refuse(401);"
        }
        Language::Go => {
            "age := time.Since(time.Unix(seconds, 0))\nif age > 300*time.Second || age < -300*time.Second { refuse(401) }"
        }
        Language::CSharp => {
            "if (Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(timestamp)) > 300) Refuse(401);"
        }
    }
}

const fn secret(language: Language) -> &'static str {
    match language {
        Language::JavaScript => "const secret = process.env.MAGIC_HOUR_WEBHOOK_SECRET?.trim();",
        Language::Python => "secret = os.environ[\"MAGIC_HOUR_WEBHOOK_SECRET\"].strip().encode()",
        Language::Ruby => "secret = ENV.fetch(\"MAGIC_HOUR_WEBHOOK_SECRET\").strip",
        Language::Php => "$secret = trim(getenv('MAGIC_HOUR_WEBHOOK_SECRET'));",
        Language::Java => "String secret = System.getenv(\"MAGIC_HOUR_WEBHOOK_SECRET\").strip();",
        Language::Go => "secret := []byte(strings.TrimSpace(os.Getenv(\"MAGIC_HOUR_WEBHOOK_SECRET\")))",
        Language::CSharp => "var secret = Environment.GetEnvironmentVariable(\"MAGIC_HOUR_WEBHOOK_SECRET\")?.Trim();",
    }
}

const fn parsing(language: Language) -> &'static str {
    match language {
        Language::JavaScript => {
            "try { event = JSON.parse(body); } catch { return refuse(400); }\nif (typeof event?.type !== \"string\" || typeof event.payload?.id !== \"string\") return refuse(400);"
        }
        Language::Python => {
            "try:\n    event = json.loads(body)\n    kind, job_id = event[\"type\"], event[\"payload\"][\"id\"]\nexcept (ValueError, KeyError, TypeError, RecursionError):\n    refuse(400)"
        }
        Language::Ruby => {
            "event = JSON.parse(body) rescue nil\nrefuse 400 unless event.is_a?(Hash) && event[\"type\"].is_a?(String) && event[\"payload\"].is_a?(Hash)"
        }
        Language::Php => {
            "$event = json_decode($body, true);\nif (!is_array($event) || !is_string($event['type'] ?? null) || !is_array($event['payload'] ?? null)) { refuse(400); }"
        }
        Language::Java => {
            "try { event = json.readTree(body); } catch (IOException error) { return refuse(400); }\nif (!event.path(\"type\").isTextual() || !event.path(\"payload\").isObject()) return refuse(400);"
        }
        Language::Go => {
            "if err := json.Unmarshal(body, &event); err != nil || event.Type == nil || event.Payload == nil { refuse(400) }"
        }
        Language::CSharp => "try { event = JsonDocument.Parse(body); } catch (JsonException) { return Refuse(400); }",
    }
}

const fn csrf(framework: ServerFramework) -> Option<&'static str> {
    match framework {
        ServerFramework::Django => Some("@csrf_exempt\ndef webhook(request):"),
        ServerFramework::Rails => Some("skip_before_action :verify_authenticity_token, only: :webhook"),
        ServerFramework::Php => {
            Some("// Laravel, bootstrap/app.php\n$middleware->validateCsrfTokens(except: ['webhook']);")
        }
        ServerFramework::Spring => Some("http.csrf(csrf -> csrf.ignoringRequestMatchers(\"/webhook\"));"),
        _ => None,
    }
}

const fn answer_first(framework: ServerFramework) -> Option<&'static str> {
    Some(match framework {
        ServerFramework::Express => "res.json({ success: true });\nsetImmediate(handle, event);",
        ServerFramework::Fastify | ServerFramework::Nestjs => "setImmediate(handle, event);\nreturn { success: true };",
        ServerFramework::Nextjs => {
            "after(() => handle(event)); // from \"next/server\"\nreturn Response.json({ success: true });"
        }
        ServerFramework::Hono => "c.executionCtx.waitUntil(handle(event));\nreturn c.json({ success: true });",
        ServerFramework::Worker => "context.waitUntil(handle(event));\nreturn Response.json({ success: true });",
        ServerFramework::Fastapi => {
            "background.add_task(handle, event)  # background: BackgroundTasks\nreturn {\"success\": True}"
        }
        ServerFramework::Flask | ServerFramework::Django => {
            "worker.submit(handle, event)  # a ThreadPoolExecutor, or Celery"
        }
        ServerFramework::Sinatra | ServerFramework::Rails => {
            "WORK << event  # a Queue that a thread empties, or Active Job"
        }
        ServerFramework::Php => "echo '{\"success\":true}';\nfastcgi_finish_request();\nhandle($event);",
        ServerFramework::Spring => "executor.submit(() -> handle(event));\nreturn ResponseEntity.ok().build();",
        ServerFramework::Go => "work <- event // a channel that a goroutine empties",
        ServerFramework::Aspnet => "await queue.Writer.WriteAsync(received);\nreturn Results.Ok();",
        ServerFramework::Lambda => return None,
    })
}

const fn status(framework: ServerFramework) -> &'static str {
    match framework {
        ServerFramework::Fastapi => {
            "raise HTTPException(500, \"internal error\")\n# `return {...}, 500` sends a list with status 200: that form is Flask's"
        }
        ServerFramework::Flask => "return jsonify(error=\"internal error\"), 500",
        ServerFramework::Django => "return JsonResponse({\"error\": \"internal error\"}, status=500)",
        ServerFramework::Express => "res.status(500).json({ error: \"internal error\" });",
        ServerFramework::Fastify => "return reply.code(500).send({ error: \"internal error\" });",
        ServerFramework::Nestjs => "throw new InternalServerErrorException();",
        ServerFramework::Nextjs | ServerFramework::Worker => {
            "return Response.json({ error: \"internal error\" }, { status: 500 });"
        }
        ServerFramework::Hono => "return c.json({ error: \"internal error\" }, 500);",
        ServerFramework::Lambda => "return { statusCode: 500, body: JSON.stringify({ error: \"internal error\" }) };",
        ServerFramework::Sinatra => "halt 500, JSON.generate(error: \"internal error\")",
        ServerFramework::Rails => "render json: { error: \"internal error\" }, status: :internal_server_error",
        ServerFramework::Php => "http_response_code(500);",
        ServerFramework::Spring => "return ResponseEntity.status(500).body(Map.of(\"error\", \"internal error\"));",
        ServerFramework::Go => "http.Error(response, \"internal error\", http.StatusInternalServerError)",
        ServerFramework::Aspnet => "return Results.Json(new { error = \"internal error\" }, statusCode: 500);",
    }
}
