"""Media that several tests read."""

from pathlib import Path

import pytest
from doors import media, run


@pytest.fixture(scope="session")
def short_talk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The first seconds of the talk and its transcript: one clip at the default lengths, quickly made."""
    folder = tmp_path_factory.mktemp("talk")
    video, transcript = folder / "talk.mp4", folder / "talk.srt"
    picture = ("-vf", "fps=24", "-c:v", "libx264", "-preset", "ultrafast")
    run("ffmpeg", "-v", "error", "-i", media("talk.mp4"), "-t", "18", *picture, "-c:a", "copy", video)
    transcript.write_bytes(media("talk.srt").read_bytes())
    return video, transcript
