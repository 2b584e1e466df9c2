// Receives Magic Hour's webhooks with an ASP.NET minimal API: verifies, answers, then works.
//
//     dotnet new web && mh-hook init aspnet Program.cs     (after removing the Program.cs of the template)
//     MAGIC_HOUR_WEBHOOK_SECRET=... dotnet run --urls http://localhost:8000

using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;

const int ToleranceSeconds = 300;
const int MaxBodyBytes = 2 * 1024 * 1024;

var secret = Encoding.UTF8.GetBytes(Environment.GetEnvironmentVariable("MAGIC_HOUR_WEBHOOK_SECRET")?.Trim() ?? "");
if (secret.Length == 0)
{
    Console.Error.WriteLine("MAGIC_HOUR_WEBHOOK_SECRET is not set");
    return 1;
}

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBodyBytes);
var app = builder.Build();
// Survives no restart and is not shared between processes: use a table with a unique key on (job id, type) in production.
var handled = new ConcurrentDictionary<string, bool>();
var work = Channel.CreateUnbounded<JsonElement>();

app.MapPost("/webhook", async (HttpRequest request) =>
{
    // The bytes as they came: they were signed, not what model binding makes of them.
    using var buffer = new MemoryStream();
    await request.Body.CopyToAsync(buffer);
    var body = buffer.ToArray();
    if (!IsAuthentic(request.Headers, body))
    {
        return Results.Json(new { message = "wrong signature" }, statusCode: 401);
    }
    if (Parse(body) is not { } received)
    {
        return Results.Json(new { message = "body is not an event" }, statusCode: 400);
    }
    // The same event may come again: it is answered alike, and handled once.
    var key = $"{received.GetProperty("payload").GetProperty("id").GetString()}:{received.GetProperty("type").GetString()}";
    if (handled.TryAdd(key, true))
    {
        await work.Writer.WriteAsync(received);
    }
    return Results.Json(new { success = true });
});

_ = Task.Run(async () =>
{
    await foreach (var received in work.Reader.ReadAllAsync())
    {
        try
        {
            Handle(received);
        }
        catch (Exception error)
        {
            app.Logger.LogError(error, "cannot handle an event");
        }
    }
});

try
{
    await app.RunAsync();
    return 0;
}
catch (IOException error)
{
    // The port is in use, most likely: the message names it.
    Console.Error.WriteLine(error.Message);
    return 1;
}

// Your work, after the answer: Magic Hour waits 10 s for that, and no longer.
void Handle(JsonElement received)
{
    var type = received.GetProperty("type").GetString()!;
    var payload = received.GetProperty("payload");
    switch (type.Split('.').ElementAtOrDefault(1))
    {
        case "completed":
            Console.WriteLine($"ready: {(payload.TryGetProperty("downloads", out var downloads) ? downloads : default)}");
            break;
        case "errored":
            Console.WriteLine($"failed: {(payload.TryGetProperty("error", out var error) ? error : default)}");
            break;
        default:
            Console.WriteLine($"noted: {type}"); // Types that are new are no error either.
            break;
    }
}

bool IsAuthentic(IHeaderDictionary headers, byte[] body)
{
    var signature = Only(headers, "magic-hour-event-signature", "^[0-9a-f]{64}\\z");
    var timestamp = Only(headers, "magic-hour-event-timestamp", "^[0-9]{1,12}\\z");
    if (signature is null || timestamp is null)
    {
        return false;
    }
    var age = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(timestamp, CultureInfo.InvariantCulture);
    if (Math.Abs(age) > ToleranceSeconds)
    {
        return false;
    }
    var signed = Encoding.ASCII.GetBytes(timestamp + ".").Concat(body).ToArray();
    return CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secret, signed), Convert.FromHexString(signature));
}

// The value of a header that must be there once and in its form.
string? Only(IHeaderDictionary headers, string name, string form)
{
    var values = headers[name];
    return values.Count == 1 && Regex.IsMatch(values[0] ?? "", form) ? values[0] : null;
}

JsonElement? Parse(byte[] body)
{
    try
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        var good = root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            && root.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.Object
            && payload.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String;
        return good ? root.Clone() : null;
    }
    catch (JsonException)
    {
        return null;
    }
}
