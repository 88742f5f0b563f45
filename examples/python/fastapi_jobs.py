"""Clips as jobs of a web service: start one, ask how far it is, cancel it.

VIDEOS=folder CLIPS=folder uvicorn --app-dir examples/python fastapi_jobs:app
"""

import asyncio
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

import opusclip

VIDEOS = Path(os.environ.get("VIDEOS", "videos")).absolute()
CLIPS = Path(os.environ.get("CLIPS", "clips")).absolute()
app = FastAPI(title="Clips")
jobs: dict[str, dict[str, Any]] = {}
tasks: dict[str, asyncio.Task[None]] = {}


class Wanted(BaseModel):
    video: str
    count: int = 3


async def work(job: dict[str, Any], video: Path, wanted: Wanted) -> None:
    try:
        report = await opusclip.extract_clips_async(
            video, CLIPS / job["id"], count=wanted.count, progress=lambda step: job.update(progress=step.fraction)
        )
        job.update(state="done", report=report.to_dict())
    except opusclip.OpusClipError as error:
        job.update(state="failed", error={"code": error.code, "detail": error.message, "hint": error.hint})


@app.post("/jobs", status_code=202)
async def start(wanted: Wanted) -> dict[str, Any]:
    # Only names of files in the folder: never a path from outside.
    if wanted.video not in os.listdir(VIDEOS):
        raise HTTPException(404, "no such video")
    job: dict[str, Any] = {"id": uuid4().hex, "state": "running", "progress": 0.0}
    jobs[job["id"]] = job
    tasks[job["id"]] = asyncio.create_task(work(job, VIDEOS / wanted.video, wanted))
    return job


@app.get("/jobs/{id}")
async def look(id: str) -> dict[str, Any]:
    return jobs[id] if id in jobs else _missing()


@app.delete("/jobs/{id}", status_code=204)
async def cancel(id: str) -> None:
    task = tasks.pop(id, None) or _missing()
    jobs.pop(id)
    task.cancel()  # stops the rendering and removes what was half written


def _missing() -> Any:
    raise HTTPException(404, "no such job")
