"""The handler for production: works in the background, and returns `(body, status)`, which Flask takes and FastAPI does not."""

import sys

import uvicorn
from fastapi import BackgroundTasks, FastAPI, Request

app = FastAPI()


async def work(event):
    print(f"event {event['type']}: job {event['payload']['id']} is {event['payload']['status']}", flush=True)


@app.post("/webhook")
async def webhook(request: Request, tasks: BackgroundTasks):
    try:
        event = await request.json()
        print(f"received {event['type']} of job {event['payload'].get('id')}", flush=True)
        tasks.add_task(work, event)
        return {"success": True}
    except Exception as error:
        print(f"failed: {error}", flush=True)
        return {"error": "Internal error"}, 500


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
