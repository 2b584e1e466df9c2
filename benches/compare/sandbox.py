"""The sandbox: many jobs at once, the delay of a job's first webhook, and a run of `e2e` in it."""

import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from measure import fetch, median, peak_mib

JOBS = 10_000
WEBHOOKS = 30_000
SAMPLES = 40
PATIENCE = 60
# Render time of an image at the speed "fast", which is the default, in seconds.
RENDERING = 1.0
CREATE = json.dumps({"image_count": 1, "orientation": "square", "style": {"prompt": "A cat"}})
PATH = "/v1/ai-image-generator"


def load(work, table, rounds):
    """10,000 jobs with 30,000 webhooks: two events to one endpoint, and the last one to another as well."""
    (work.folder / "create.json").write_text(CREATE, encoding="utf-8")
    seconds, peaks, grown = [], [], []
    for _ in range(rounds):
        handler, target = work.bare()
        sandbox, url = work.hook(
            "--format", "compact", "sandbox", "--speed", "instant", "--credits", 1_000_000_000,
            "--webhook", f"{target}/webhook", "--webhook", f"{target}/last#*.completed")
        seconds.append(render_all(work, url, target, WEBHOOKS))
        peaks.append(peak_mib(sandbox))
        render_all(work, url, target, 2 * WEBHOOKS)
        grown.append(peak_mib(sandbox) / peaks[-1])
        work.stop(sandbox)
        work.stop(handler)
    taken, peak = median(seconds), median(peaks)
    table.add("sandbox, 10,000 jobs, 30,000 webhooks", (taken, f"{taken:.1f} s"), "", None, most=6, unit=" s")
    table.add("  memory after 20,000 jobs against 10,000", f"{peak * median(grown):.0f} MiB", f"{peak:.0f} MiB",
              median(grown), most=1.15)


def render_all(work, url, target, until):
    """Creates the jobs; gives the seconds until the handler has had that many webhooks."""
    begun = time.monotonic()
    creating = work.start([
        work.program, "send", "--body", work.folder / "create.json", "--count", JOBS, "--concurrency", 16,
        "--unsigned", "--header", "authorization: Bearer mhk_live_benchmark", "--to", url + PATH])
    while int(fetch(target)) < until:
        if time.monotonic() - begun > PATIENCE:
            raise TimeoutError(f"{fetch(target)} of {until} webhooks came within {PATIENCE} s")
        time.sleep(0.02)
    taken = time.monotonic() - begun
    creating.wait(PATIENCE)
    work.stop(creating)
    return taken


def first_webhook(work, table):
    """The time from the request that creates a job to its first webhook, at the speed "instant"."""
    arrived = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if body["type"] == "image.started":
                arrived.set()
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sandbox, url = work.hook("--format", "compact", "sandbox", "--speed", "instant", "--credits", 1_000_000,
                             "--webhook", f"http://127.0.0.1:{server.server_port}/webhook")
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    headers = {"authorization": "Bearer mhk_live_benchmark", "content-type": "application/json"}
    delays = []
    for _ in range(SAMPLES):
        arrived.clear()
        begun = time.monotonic()
        connection.request("POST", PATH, CREATE, headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        assert arrived.wait(PATIENCE), "the webhook did not come"
        delays.append((time.monotonic() - begun) * 1000)
        # The last event of this job must not delay the next one.
        time.sleep(0.02)
    work.stop(sandbox)
    server.shutdown()
    delay = median(delays)
    table.add("sandbox, first webhook of a job", (delay, f"{delay:.1f} ms"), "", None, most=5, unit=" ms")


def whole_run(work, table, rounds):
    """What `e2e --image` needs beyond the time that its image renders."""
    beyond = []
    for _ in range(2 * rounds):
        begun = time.monotonic()
        text = work.run([work.program, "e2e", "--image", "--format", "json"])
        taken = time.monotonic() - begun
        assert json.loads(text.splitlines()[-1])["passed"], text
        beyond.append((taken - RENDERING) * 1000)
    extra = median(beyond)
    table.add("e2e --image, beyond rendering", (extra, f"{extra:.0f} ms"), "", None, most=50, unit=" ms")
