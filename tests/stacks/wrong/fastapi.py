"""A pydantic model takes the body, and what it writes again goes into the HMAC: without the fields that it does not name."""

import hashlib
import hmac
import os
import sys
import time

import uvicorn
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

secret = os.environ["MAGIC_HOUR_WEBHOOK_SECRET"].encode()
app = FastAPI()


class Payload(BaseModel):
    id: str
    status: str


class Event(BaseModel):
    type: str
    payload: Payload


@app.post("/webhook")
async def webhook(
    event: Event,
    magic_hour_event_signature: str = Header(),
    magic_hour_event_timestamp: str = Header(),
):
    signed = f"{magic_hour_event_timestamp}.{event.model_dump_json()}".encode()
    expected = hmac.new(secret, signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), magic_hour_event_signature.encode()):
        raise HTTPException(401, "invalid signature")
    if not magic_hour_event_timestamp.isdecimal() or abs(time.time() - int(magic_hour_event_timestamp)) > 300:
        raise HTTPException(401, "timestamp out of range")
    return {"success": True}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False)
