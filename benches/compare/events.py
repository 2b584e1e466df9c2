"""Signed events for wrk, made before the clock runs."""

import hashlib
import hmac
import random
import string
import time

from measure import SECRET

LETTERS = string.ascii_lowercase + string.digits
EVENTS = 40_000

BODY = (
    '{"type":"video.completed","payload":{"id":"%s","name":"A video","status":"complete","width":512,"height":960,'
    '"total_frame_cost":450,"credits_charged":450,"fps":30,"error":null,"downloads":[{"url":'
    '"https://videos.magichour.ai/%s/output.mp4","expires_at":"2030-01-01T00:00:00Z"}]}}'
)

SCRIPT = """local at = 0
function request()
  at = at % #events + 1
  local event = events[at]
  local headers = {['content-type'] = 'application/json', ['magic-hour-event-signature'] = event[2],
    ['magic-hour-event-timestamp'] = time}
  return wrk.format('POST', '/webhook', headers, event[1])
end
"""


def chance(length):
    return "".join(random.choices(LETTERS, k=length))


def ordered(number):
    """An id that begins with the time, as Magic Hour's do."""
    return "cm" + format(1_000_000_000 + number, "010d") + chance(12)


def unordered(_):
    return "c" + chance(24)


def body_of(job):
    return BODY % (job, job)


def signed(body, now):
    return hmac.new(SECRET.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()


def write_script(path, make_id, count=EVENTS):
    """Writes a script of wrk that posts signed events, each with its own job id."""
    now = str(int(time.time()))
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"local time = '{now}'\nlocal events = {{\n")
        for number in range(count):
            body = body_of(make_id(number))
            out.write(f"{{[==[{body}]==],'{signed(body, now)}'}},\n")
        out.write("}\n" + SCRIPT)
    return path
