"""Drives the sandbox with the official Python SDK, unmodified but for its base URL.

    drive.py BASE_URL

Prints a line for each thing that holds or does not; the last one reads `N passed, N failed`.
"""

import hashlib
import hmac
import json
import os
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

os.environ["MAGIC_HOUR_POLL_INTERVAL"] = "0.1"

from magic_hour import Client  # noqa: E402  (the interval is read at import by some releases)
from make_api_request import ApiError  # noqa: E402

SECRET = "mhw_test_0123456789abcdefghijABCDEFGHIJ"
IMAGE, VIDEO, AUDIO = (f"https://example.com/input.{extension}" for extension in ("png", "mp4", "mp3"))
CLIP = {"start_seconds": 0, "end_seconds": 1}

# The smallest request that each tool takes.
TOOLS = {
    "ai_clothes_changer": {"assets": {"person_file_path": IMAGE, "garment_file_path": IMAGE}},
    "ai_face_editor": {"assets": {"image_file_path": IMAGE}, "style": {}},
    "ai_gif_generator": {"style": {"prompt": "Hi"}},
    "ai_headshot_generator": {"assets": {"image_file_path": IMAGE}},
    "ai_image_editor": {"assets": {"image_file_paths": [IMAGE]}, "style": {"prompt": "Hi"}},
    "ai_image_generator": {"image_count": 1, "style": {"prompt": "Hi"}},
    "ai_image_upscaler": {"assets": {"image_file_path": IMAGE}, "scale_factor": 2},
    "ai_meme_generator": {"style": {"topic": "Hi", "template": "Random"}},
    "ai_music_generator": {"duration": 15, "style": {"prompt": "Hi"}},
    "ai_qr_code_generator": {"content": "Hi", "style": {"art_style": "Watercolor"}},
    "ai_talking_photo": {**CLIP, "assets": {"image_file_path": IMAGE, "audio_file_path": AUDIO}},
    "ai_ugc_ad": {"assets": {"image_file_path": IMAGE}, "end_seconds": 5, "script": "Hi"},
    "ai_video_editor": {"assets": {"video_file_path": VIDEO}, "end_seconds": 1, "style": {"prompt": "Hi"}},
    "ai_video_translator": {"assets": {"video_file_path": VIDEO}, "end_seconds": 1, "target_language": "Spanish"},
    "ai_video_upscaler": {"assets": {"video_file_path": VIDEO}, "end_seconds": 1, "resolution": "1080p"},
    "ai_voice_cloner": {"assets": {"audio_file_path": AUDIO}, "style": {"prompt": "Hi"}},
    "ai_voice_generator": {"style": {"prompt": "Hi", "voice_name": "Yoda"}},
    "animation": {
        "assets": {"audio_source": "none"}, "end_seconds": 1, "fps": 12, "height": 64, "width": 64,
        "style": {
            "art_style": "Painterly Illustration", "camera_effect": "Simple Zoom In", "prompt_type": "custom",
            "prompt": "Hi", "transition_speed": 5,
        },
    },
    "audio_to_video": {"assets": {"audio_file_path": AUDIO}, "end_seconds": 1},
    "auto_subtitle_generator": {**CLIP, "assets": {"video_file_path": VIDEO}, "style": {"template": "karaoke"}},
    "body_swap": {"assets": {"person_file_path": IMAGE, "scene_file_path": IMAGE}, "resolution": "640px"},
    "character_replace": {"assets": {"image_file_path": IMAGE, "video_file_path": VIDEO}, "end_seconds": 1},
    "face_detection": {"assets": {"target_file_path": IMAGE}},
    "face_swap": {
        **CLIP, "assets": {"image_file_path": IMAGE, "video_file_path": VIDEO, "video_source": "file"},
    },
    "face_swap_photo": {"assets": {"source_file_path": IMAGE, "target_file_path": IMAGE}},
    "head_swap": {"assets": {"body_file_path": IMAGE, "head_file_path": IMAGE}},
    "image_background_remover": {"assets": {"image_file_path": IMAGE}},
    "image_to_video": {"assets": {"image_file_path": IMAGE}, "end_seconds": 1},
    "lip_sync": {
        **CLIP, "assets": {"audio_file_path": AUDIO, "video_file_path": VIDEO, "video_source": "file"},
    },
    "photo_colorizer": {"assets": {"image_file_path": IMAGE}},
    "text_to_video": {"end_seconds": 1, "style": {"prompt": "Hi"}},
    "video_to_video": {
        **CLIP, "assets": {"video_file_path": VIDEO, "video_source": "file"}, "style": {"art_style": "Pixel"},
    },
}


class Tally:
    """Counts what holds and what does not, a line each."""

    passed = failed = 0

    def record(self, holds, what, seen=""):
        if holds:
            self.passed += 1
            print(f"ok      python: {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED  python: {what}: {seen}", flush=True)

    def attempt(self, what, call):
        """Whether a call goes through; gives what it returned."""
        try:
            result = call()
        except Exception as error:  # noqa: BLE001  (whatever is raised is the finding)
            self.record(False, what, repr(error))
            return None
        self.record(True, what)
        return result

    def refusal(self, status, what, call):
        """Whether a call is refused with this status, and with a message."""
        try:
            result = call()
        except ApiError as error:
            body = error.body
            holds = error.status_code == status and isinstance(body, dict) and isinstance(body.get("message"), str)
            self.record(holds, f"{status}: {what}", f"{error.status_code} {body}")
        except Exception as error:  # noqa: BLE001
            self.record(False, f"{status}: {what}", repr(error))
        else:
            self.record(False, f"{status}: {what}", f"it was accepted: {result}")


class Handler(BaseHTTPRequestHandler):
    """Takes deliveries, and judges their signatures with nothing but the standard library."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        timestamp = self.headers["magic-hour-event-timestamp"]
        digest = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        authentic = hmac.compare_digest(digest, self.headers["magic-hour-event-signature"])
        with self.server.arrived:
            self.server.events.append((authentic, json.loads(body)))
            self.server.arrived.notify_all()
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def handler():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.events, server.arrived = [], threading.Condition()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def register(base_url, server):
    """Adds an endpoint through the control API, as the Developer Hub would."""
    body = json.dumps({"url": f"http://127.0.0.1:{server.server_port}/", "secret": SECRET}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{base_url}/_sandbox/endpoints", data=body, method="POST")).close()


def wait_for_events(server, job_id, count):
    events = lambda: [event for event in server.events if event[1]["payload"]["id"] == job_id]  # noqa: E731
    with server.arrived:
        server.arrived.wait_for(lambda: len(events()) >= count, timeout=30)
        return events()


def create_everything(tally, client):
    for name, arguments in TOOLS.items():
        tally.attempt(f"{name}.create", lambda: getattr(client.v1, name).create(**arguments))
    tools = {name for name in dir(client.v1) if hasattr(getattr(client.v1, name), "create")}
    tally.record(tools == set(TOOLS), "every tool of the SDK was created", tools ^ set(TOOLS))


def generate(tally, client, server):
    """Upload, creation, polling and download for a tool of every kind."""
    png = Path("input.png")
    png.write_bytes(b"\x89PNG\r\n\x1a\n, or so it says")
    wav = Path("input.wav")
    wav.write_bytes(b"RIFF....WAVE, or so it says")
    name = "[duration=500ms]"
    runs = [
        ("image", lambda: client.v1.photo_colorizer.generate(assets={"image_file_path": str(png)}, name=name)),
        ("video", lambda: client.v1.image_to_video.generate(assets={"image_file_path": str(png)}, end_seconds=1, name=name)),
        ("audio", lambda: client.v1.ai_voice_cloner.generate(assets={"audio_file_path": str(wav)}, style={"prompt": "Hi"}, name=name)),
    ]
    for kind, run in runs:
        done = tally.attempt(f"{kind}: generate uploads, creates, polls and downloads", run)
        if done is None:
            continue
        tally.record(done.status == "complete", f"{kind}: the job completes", done.status)
        paths = [Path(path) for path in done.downloaded_paths or []]
        sizes = [path.stat().st_size for path in paths]
        tally.record(len(paths) == len(done.downloads) and all(sizes), f"{kind}: the output is there", (paths, sizes))
        events = wait_for_events(server, done.id, 2)
        types = [event["type"] for _, event in events]
        tally.record(types == [f"{kind}.started", f"{kind}.completed"], f"{kind}: webhooks come in order", types)
        tally.record(all(authentic for authentic, _ in events), f"{kind}: Python's hmac accepts their signatures")
        projects = getattr(client.v1, f"{kind}_projects")
        tally.attempt(f"{kind}: get", lambda: projects.get(id=done.id))
        tally.attempt(f"{kind}: delete", lambda: projects.delete(id=done.id))
        tally.record(projects.get(id=done.id).enabled is False, f"{kind}: a deleted project is not enabled")
    faces = tally.attempt("face_detection.generate", lambda: client.v1.face_detection.generate(assets={"target_file_path": str(png)}))
    tally.record(faces is not None and len(faces.faces) > 0, "faces are found", faces)
    failed = client.v1.ai_image_generator.generate(image_count=1, style={"prompt": "[error=no_source_face]"})
    seen = (failed.status, failed.error and failed.error.code)
    tally.record(seen == ("error", "no_source_face"), "a scripted error is told by its code", seen)
    canceled = client.v1.text_to_video.generate(end_seconds=1, style={"prompt": "[cancel]"})
    tally.record(canceled.status == "canceled", "a scripted cancellation is told", canceled.status)


def refusals(tally, client, base_url):
    image = lambda prompt, **more: client.v1.ai_image_generator.create(image_count=1, style={"prompt": prompt}, **more)  # noqa: E731
    tally.refusal(400, "an empty prompt", lambda: image(""))
    tally.refusal(400, "too many images", lambda: client.v1.ai_image_generator.create(image_count=99, style={"prompt": "Hi"}))
    tally.refusal(400, "a file that was never uploaded", lambda: client.v1.photo_colorizer.create(assets={"image_file_path": "cat.png"}))
    tally.refusal(401, "no key", lambda: Client(base_url=base_url).v1.account.list())
    tally.refusal(402, "a job beyond the account's credits", lambda: client.v1.text_to_video.create(
        end_seconds=60, resolution="4k", style={"prompt": "Hi"}))
    tally.refusal(402, "a directive", lambda: image("[status=402]"))
    tally.refusal(404, "a project that does not exist", lambda: client.v1.image_projects.get(id="cm0"))
    tally.refusal(404, "a project of another kind", lambda: client.v1.video_projects.get(id=image("Hi").id))
    tally.refusal(422, "an extension of another type", lambda: client.v1.files.upload_urls.create(
        items=[{"type": "audio", "extension": "mp4"}]))
    tally.refusal(422, "a directive", lambda: image("[status=422]"))
    tally.refusal(429, "a directive", lambda: image("[status=429]"))


def main():
    base_url = sys.argv[1]
    client, tally, server = Client(token="any", base_url=base_url), Tally(), handler()
    register(base_url, server)
    account = tally.attempt("account.list", client.v1.account.list)
    tally.record(account is not None and account.credits == 6000, "the account has its credits", account)
    tally.attempt("saved_items.list", client.v1.saved_items.list)
    create_everything(tally, client)
    generate(tally, client, server)
    refusals(tally, client, base_url)
    print(f"{tally.passed} passed, {tally.failed} failed")


if __name__ == "__main__":
    main()
