"""Callbacks of the caller's own: used, failing, hanging, giving nonsense; and speech to text."""

import asyncio
import subprocess
import sys
import textwrap
import threading
import time
import wave
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy
import pytest

import opusclip
from conftest import QUICK, media_path

#: What each of those says that choose by words alone.
GOOD: dict[str, Callable[[Any], Any]] = {
    "embed": lambda sentences: [[float(place), 1.0] for place, _ in enumerate(sentences)],
    "score": lambda contenders: [0.5] * len(contenders),
    "describe": lambda request: {"title": "Mine"},
}
NONSENSE: dict[str, list[tuple[Any, str]]] = {
    "embed": [(None, "embed"), ([[1.0], ["x"]], "embed[1][0]"), ([[1.0]], "embed"), (object(), "embed")],
    "score": [("high", "score"), ([0.5, None], "score[1]"), ([0.5], "score"), (7, "score")],
    "describe": [({"title": 7}, "describe.title"), ({"titel": "x"}, "describe"), ([1], "describe")],
    "transcribe": [
        (None, "transcribe"),
        (7, "transcribe"),
        ("hello", "transcribe"),
        ({"text": 7}, "transcribe"),
        ({"segments": [{"start": "x"}]}, "transcribe"),
        (object(), "transcribe"),
    ],
}
NAMES = sorted(NONSENSE)
SAID = {"segments": [{"start": 0.6, "end": 9.0, "text": " Four towers stood here. Each of them learned a lesson."}]}


def choose(talk: Path, talk_srt: Path, **options: Any) -> opusclip.Selection:
    """Choose with these callbacks: by words alone, or of the video where its words have to be heard."""
    options = {"count": 2, "min_duration": 5, "max_duration": 15, **options}
    if "transcribe" in options:
        return opusclip.select(talk, **options)
    return opusclip.select(None, transcript=talk_srt, **options)


def test_embeddings_tell_topics_apart(talk: Path, talk_srt: Path) -> None:
    seen: list[list[str]] = []

    def embed(sentences: list[str]) -> Any:
        seen.append(sentences)
        vectors = numpy.zeros((len(sentences), 2), numpy.float32)
        vectors[: len(sentences) // 2, 0] = 1
        vectors[len(sentences) // 2 :, 1] = 1
        return vectors

    chosen = choose(talk, talk_srt, embed=embed)
    assert len(seen) == 1
    assert seen[0][0].startswith("What would you build")
    assert chosen.topics[-1].last_sentence == len(seen[0]) - 1
    assert len(seen[0]) // 2 in [topic.first_sentence for topic in chosen.topics]


def test_scores_replace_ours(talk: Path, talk_srt: Path) -> None:
    seen: list[opusclip.Contender] = []

    def score(contenders: list[opusclip.Contender]) -> list[float]:
        seen.extend(contenders)
        return [1.0 if "oak tree" in contender.text else 0.1 for contender in contenders]

    chosen = choose(talk, talk_srt, score=score, count=1)
    assert "oak tree" in chosen.clips[0].text
    assert chosen.clips[0].score == 1.0
    assert all(contender.start < contender.end and contender.features for contender in seen)


@pytest.mark.parametrize(
    "answer", [{"title": "Mine", "hashtags": ["#mine"]}, opusclip.PostEdit(title="Mine", hashtags=("#mine",))]
)
def test_descriptions_replace_ours(talk: Path, talk_srt: Path, answer: Any) -> None:
    asked: list[opusclip.PostRequest] = []

    def describe(request: opusclip.PostRequest) -> Any:
        asked.append(request)
        return answer

    chosen = choose(talk, talk_srt, describe=describe)
    assert len(asked) == len(chosen.clips) == 2
    for request, clip in zip(asked, chosen.clips, strict=True):
        assert request.text == clip.text
        assert (clip.post.title, clip.post.hashtags, clip.post.extractive) == ("Mine", ("#mine",), False)
        assert clip.post.description == request.post.description


@pytest.mark.parametrize("name", NAMES)
def test_what_a_callback_raises_is_the_cause(talk: Path, talk_srt: Path, name: str) -> None:
    failure = LookupError("no such model")

    def callback(_: Any) -> Any:
        raise failure

    with pytest.raises(opusclip.CallbackError) as caught:
        choose(talk, talk_srt, **{name: callback})
    assert (caught.value.code, caught.value.field) == ("callback.failed", name)
    assert caught.value.__cause__ is failure
    assert "LookupError: no such model" in str(caught.value)


@pytest.mark.parametrize(("name", "answer", "place"), [(n, *case) for n in NAMES for case in NONSENSE[n]])
def test_nonsense_is_refused_with_its_place(talk: Path, talk_srt: Path, name: str, answer: Any, place: str) -> None:
    with pytest.raises(opusclip.CallbackInvalidError) as caught:
        choose(talk, talk_srt, **{name: lambda _: answer})
    assert caught.value.code == "callback.invalid"
    field = (caught.value.field or "").replace(".[", "[")
    assert field.startswith(place), field


@pytest.mark.parametrize("name", ["embed", "score", "describe"])
def test_one_that_hangs_runs_into_its_time_limit(talk: Path, talk_srt: Path, name: str) -> None:
    begun = time.monotonic()
    over = threading.Event()
    try:
        with pytest.raises(TimeoutError) as caught:
            choose(talk, talk_srt, callback_time_limit=0.2, **{name: lambda _: over.wait(60)})
    finally:
        over.set()
    assert isinstance(caught.value, opusclip.CallbackTimeoutError)
    assert (caught.value.code, caught.value.field) == ("callback.timeout", name)
    assert time.monotonic() - begun < 20


def test_an_engine_that_hangs_runs_into_the_limit_of_the_job(talk: Path) -> None:
    over = threading.Event()
    try:
        with pytest.raises(opusclip.LimitTimeError):
            opusclip.transcribe(talk, lambda _: over.wait(60), time_limit=1)  # type: ignore[arg-type, return-value]
        with pytest.raises(opusclip.LimitTimeError):
            opusclip.select(talk, transcribe=lambda _: over.wait(60), time_limit=1)  # type: ignore[arg-type, return-value]
    finally:
        over.set()


@pytest.mark.parametrize("name", NAMES)
def test_our_own_stands_in_where_asked_for(talk: Path, talk_srt: Path, name: str) -> None:
    def callback(_: Any) -> Any:
        raise LookupError("no such model")

    chosen = choose(talk, talk_srt, callback_fallback=True, **{name: callback})
    assert chosen.clips
    notes = [note for note in chosen.notes if note.startswith(f"{name} failed")]
    assert notes
    assert "no such model" in notes[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_job_is_cancelled_while_a_callback_runs(talk: Path, talk_srt: Path, name: str) -> None:
    token = opusclip.CancelToken()
    over = threading.Event()
    asked: list[float] = []

    def callback(_: Any) -> Any:
        asked.append(time.monotonic())
        token.cancel()
        over.wait(60)

    try:
        with pytest.raises(opusclip.Cancelled):
            choose(talk, talk_srt, cancel=token, **{name: callback})
    finally:
        over.set()
    assert time.monotonic() - asked[0] < 1


def coroutine(answer: Callable[[Any], Any], loops: list[Any]) -> Callable[[Any], Any]:
    async def callback(data: Any) -> Any:
        await asyncio.sleep(0.01)
        loops.append(asyncio.get_running_loop())
        return answer(data)

    return callback


@pytest.mark.parametrize("name", NAMES)
def test_coroutine_functions_do_as_well(talk: Path, talk_srt: Path, name: str) -> None:
    plain = {**GOOD, "transcribe": lambda _: SAID}[name]
    loops: list[Any] = []
    assert choose(talk, talk_srt, **{name: coroutine(plain, loops)}) == choose(talk, talk_srt, **{name: plain})
    assert loops


async def test_those_of_twins_run_on_the_loop(talk: Path, talk_srt: Path) -> None:
    loops: list[Any] = []
    callbacks = {name: coroutine(answer, loops) for name, answer in GOOD.items()}
    options: dict[str, Any] = {"count": 1, "min_duration": 5, "max_duration": 15}
    chosen = await opusclip.select_async(None, transcript=talk_srt, **options, **callbacks)
    assert chosen.clips[0].post.title == "Mine"
    said = await opusclip.transcribe_async(talk, coroutine(lambda _: SAID, loops))
    assert said.text.startswith("Four towers")
    assert set(loops) == {asyncio.get_running_loop()}
    assert len(loops) == 4


async def test_a_cancelled_twin_cancels_its_callback(talk: Path) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def engine(_: Any) -> str:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return ""

    task = asyncio.create_task(opusclip.transcribe_async(talk, engine))
    await asyncio.wait_for(begun.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 5)


@pytest.mark.parametrize("name", NAMES)
def test_a_process_ends_while_a_callback_hangs(talk: Path, talk_srt: Path, name: str) -> None:
    words = "" if name == "transcribe" else f"transcript={str(talk_srt)!r},"
    code = f"""
        import threading, time, opusclip
        begun = threading.Event()
        def callback(_):
            begun.set()
            time.sleep(600)
        token = opusclip.CancelToken()
        threading.Thread(target=lambda: (begun.wait(), token.cancel())).start()
        try:
            opusclip.select({str(talk)!r}, {words} {name}=callback, cancel=token)
        except opusclip.Cancelled:
            print("cancelled")
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "cancelled\n"


# Speech to text


def test_engines_get_the_sound_of_the_file(talk: Path) -> None:
    chunks: list[opusclip.AudioChunk] = []

    def engine(chunk: opusclip.AudioChunk) -> str:
        chunks.append(chunk)
        return ""

    steps: list[opusclip.Progress] = []
    said = opusclip.transcribe(talk, engine, chunk_seconds=30, language="en", progress=steps.append)
    assert (said.text, said.language) == ("", "en")
    assert (steps[-1].stage, steps[-1].fraction) == ("transcribe", 1.0)
    assert chunks[0].start < 0.1
    assert chunks[-1].end == pytest.approx(75, abs=0.2)
    assert [chunk.start for chunk in chunks[1:]] == [chunk.end for chunk in chunks[:-1]]
    for chunk in chunks:
        assert chunk.sample_rate == 16_000
        assert len(chunk) == pytest.approx((chunk.end - chunk.start) * 16_000, abs=1)
        samples = chunk.samples
        assert samples.dtype == numpy.float32
        assert not samples.flags.owndata
        assert not samples.flags.writeable
        assert 0.01 < numpy.abs(samples).max() <= 1.0
        with wave.open(BytesIO(chunk.to_wav())) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16_000, 1, 2)
            pcm = numpy.frombuffer(sound.readframes(len(chunk)), numpy.int16)
        assert numpy.abs(pcm / 32767 - samples).max() < 1e-4
    assert repr(chunks[0]).startswith("AudioChunk(0.0")


def test_numpy_is_not_needed_to_hear(talk: Path) -> None:
    code = f"""
        import sys, opusclip
        opusclip.transcribe({str(talk)!r}, lambda chunk: "" if chunk.to_wav() and len(chunk.buffer) else 1)
        assert "numpy" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60)


@pytest.mark.parametrize(
    "answer",
    [
        SAID,
        SAID["segments"],
        "1\n00:00:00,600 --> 00:00:09,000\nFour towers stood here. Each of them learned a lesson.\n",
        "WEBVTT\n\n00:00.600 --> 00:09.000\nFour towers stood here. Each of them learned a lesson.\n",
        '{"segments": [{"start": 0.6, "end": 9, "text": "Four towers stood here. Each of them learned a lesson."}]}',
        {"segments": [{"start": numpy.float32(0.6), "end": numpy.float64(9), "text": SAID["segments"][0]["text"]}]},
    ],
)
def test_engines_answer_as_they_like(talk: Path, answer: Any) -> None:
    said = opusclip.transcribe(talk, lambda _: answer)
    assert said.text == "Four towers stood here. Each of them learned a lesson."
    assert said.cues[0].start == pytest.approx(0.6, abs=1e-6)
    assert opusclip.transcribe(talk, lambda _: said).cues == said.cues
    chosen = opusclip.select(talk, transcribe=lambda _: answer, min_duration=3, max_duration=12, count=1)
    assert chosen.clips[0].text == said.text


def test_an_engine_by_command(talk: Path, tmp_path: Path) -> None:
    script = tmp_path / "engine.py"
    said = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"
    script.write_text(f"import sys, wave\nwave.open(sys.argv[-1])\nprint({said!r})")
    assert opusclip.transcribe(talk, command=[sys.executable, str(script)]).text == "Hello"
    script.write_text("import sys\nsys.exit('out of memory')")
    with pytest.raises(opusclip.EngineError, match="out of memory") as caught:
        opusclip.transcribe(talk, command=[sys.executable, str(script)])
    assert caught.value.code == "engine.failed"


def test_one_engine_and_no_other(talk: Path) -> None:
    with pytest.raises(opusclip.ConfigError) as caught:
        opusclip.transcribe(talk)
    assert caught.value.field == "model"
    with pytest.raises(opusclip.ConfigError) as caught:
        opusclip.transcribe(talk, lambda _: "", command=["true"])
    assert caught.value.field == "engine"
    with pytest.raises(opusclip.MediaError) as silent:
        opusclip.transcribe(media_path("no_audio.mp4"), lambda _: "")
    assert silent.value.code == "media.no_audio"


def test_clips_are_captioned_with_what_was_heard(talk: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {**QUICK, "count": 1, "min_duration": 5, "max_duration": 12}
    report = opusclip.extract_clips(talk, tmp_path / "out", transcribe=lambda _: SAID, **options)
    assert [word.text for word in report.clips[0].words][:2] == ["Four", "towers"]
    assert report.clips[0].words[0].start == pytest.approx(0.6, abs=0.2)


def test_subtitles_stand_in_for_an_engine_that_fails() -> None:
    def engine(_: Any) -> Any:
        raise LookupError("no such model")

    video = media_path("chapters_subs.mkv")
    options: dict[str, Any] = {"count": 1, "min_duration": 2, "max_duration": 6, "callback_fallback": True}
    chosen = opusclip.select(video, transcribe=engine, **options)
    assert chosen.clips[0].text == "Hello there. This is inside the file."
    # Where a transcript is given, nobody asks the engine.
    given = opusclip.select(video, transcript=opusclip.read_subtitles(video), transcribe=engine, **options)
    assert given.clips[0].text == chosen.clips[0].text
    assert len(given.notes) == len(chosen.notes) - 1


# Words from elsewhere


def test_transcripts_are_files_objects_and_dictionaries(talk: Path, talk_srt: Path) -> None:
    options: dict[str, Any] = {"count": 1, "min_duration": 5, "max_duration": 15}
    read = opusclip.read_transcript(talk_srt)
    of_file = opusclip.select(talk, transcript=talk_srt, **options)
    assert opusclip.select(talk, transcript=read, **options).clips == of_file.clips
    segments = [{"start": cue.start, "end": cue.end, "text": f" {cue.text}"} for cue in read.cues]
    of_json = opusclip.select(talk, transcript={"language": "en", "segments": segments}, **options)
    assert of_json.clips[0].text == of_file.clips[0].text
    with pytest.raises(opusclip.TranscriptError) as caught:
        opusclip.select(talk, transcript={"words": 7}, **options)
    assert caught.value.field is not None
    with pytest.raises(opusclip.ConfigError) as refused:
        opusclip.select(talk, transcript=7, **options)  # type: ignore[arg-type]
    assert refused.value.field == "transcript"


def test_subtitles_of_the_video_itself() -> None:
    video = media_path("chapters_subs.mkv")
    said = opusclip.read_subtitles(video)
    assert said.language == "en"
    assert said.cues
    options: dict[str, Any] = {"count": 1, "min_duration": 2, "max_duration": 6}
    assert opusclip.select(video, **options).clips[0].text
    assert opusclip.select(video, subtitles=False, **options).clips[0].text == ""
    with pytest.raises(opusclip.TranscriptError) as caught:
        opusclip.read_subtitles(video, 0)
    assert caught.value.field == "stream"


async def test_subtitles_for_asyncio() -> None:
    video = media_path("chapters_subs.mkv")
    assert await opusclip.read_subtitles_async(video) == opusclip.read_subtitles(video)


def test_transcripts_are_written(talk_srt: Path, tmp_path: Path) -> None:
    said = opusclip.read_transcript(talk_srt)
    for name, text in (("said.srt", said.to_srt()), ("said.vtt", said.to_vtt())):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        again = opusclip.read_transcript(file)
        assert [(c.start, c.end, c.text) for c in again.cues] == [(c.start, c.end, c.text) for c in said.cues]


def test_topics_of_any_text() -> None:
    talk = ["We bake bread.", "Bread needs flour.", "Stars shine.", "A star is far."]
    assert opusclip.segment_topics(talk, count=2, language="en") == [0, 2]
    assert opusclip.segment_topics([]) == []
    vectors = numpy.array([[1, 0], [1, 0], [1, 0], [0, 1]], numpy.float32)
    assert opusclip.segment_topics(talk, embeddings=vectors, count=2) == opusclip.segment_topics(
        tuple(talk), embeddings=vectors.tolist(), count=2
    )
    for wrong in ({"count": 9}, {"count": 0}, {"embeddings": vectors[:2]}, {"embeddings": vectors * numpy.nan}):
        with pytest.raises(opusclip.ConfigError) as caught:
            opusclip.segment_topics(talk, **wrong)  # type: ignore[arg-type]
        assert (caught.value.field or "").startswith(next(iter(wrong)))


def test_selections_as_pages(talk: Path, talk_srt: Path) -> None:
    chosen = choose(talk, talk_srt)
    page = chosen.to_html(talk, title="a <b>", media="talk.mp4")
    assert page.startswith("<!DOCTYPE html>")
    assert "a &lt;b&gt;" in page
    assert "data:image/jpeg;base64," in page
    assert "<script" not in page
    assert "data:image" not in chosen.to_html()
    with pytest.raises(opusclip.MediaNotFoundError):
        chosen.to_html("missing.mp4")
