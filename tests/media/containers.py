"""What else a container can hold: sound alone, cover art, chapters, subtitles, two languages."""

from __future__ import annotations

from boxes import cover_first
from encoders import FAST, STEREO, X264
from maker import Job, Maker
from patterns import CORNERS, picture, tone
from talk.captions import span, subrip
from talk.programs import MediaError, ffmpeg, lavfi, options
from verify import check_corners, length, stream_codecs

CHAPTERS = (("Opening", 0, 2), ("Middle", 2, 4), ("End", 4, 6))


def audio_only(maker: Maker) -> None:
    """Sound without video."""
    name = "audio_only.m4a"
    ffmpeg(*lavfi(tone(6)), *STEREO, maker.aside(name))
    maker.keep(name, "format", "no video stream", 6.0, error="media.no_video", video_streams=0)


def covers(maker: Maker) -> None:
    """Cover art before and after the video."""
    art, base = maker.aside("cover.jpg"), maker.aside("cover-base.mp4")
    ffmpeg(*lavfi("color=purple:s=600x600,drawbox=x=100:y=100:w=400:h=400:color=orange:t=fill"), "-frames:v", "1", art)
    ffmpeg(*lavfi(picture(), tone()), *X264, *STEREO, base)
    for name, place in (("cover.mp4", "first"), ("cover_last.mp4", "last")):
        path = maker.aside(name)
        attach = options("-map 0 -map 1:v -c copy -disposition:v:1 attached_pic")
        ffmpeg("-i", base, "-i", art, *attach, *FAST, path)
        if place == "first":
            cover_first(path)
        codecs = stream_codecs(path)
        if (codecs[0] == "mjpeg") is not (place == "first"):
            raise MediaError(f"{name}: streams are {codecs}")
        check_corners(path)
        maker.keep(
            name,
            "format",
            f"cover art as the {place} stream",
            length(path),
            width=320,
            height=180,
            video="h264",
            attached_pictures=1,
            corners=CORNERS,
        )


def chapters(maker: Maker) -> None:
    """Chapters, subtitles and sound in two languages."""
    name = "chapters_subs.mkv"
    meta, subs, path = maker.aside("chapters.txt"), maker.aside("chapters.srt"), maker.aside(name)
    marks = "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start * 1000}\nEND={end * 1000}\ntitle={title}\n"
        for title, start, end in CHAPTERS
    )
    meta.write_text(";FFMETADATA1\n" + marks, encoding="utf-8")
    said = ((span(0.5, 2), "Hello there."), (span(2.5, 5), "This is inside the file."))
    subs.write_text(subrip(said), encoding="utf-8")
    ffmpeg(
        *lavfi(picture(seconds=6), tone(6), tone(6, 660)),
        *("-i", subs, "-i", meta),
        *options("-map 0:v -map 1:a -map 2:a -map 3:s -map_metadata 4 -map_chapters 4"),
        *(*X264, *STEREO, "-c:s", "srt"),
        *options("-metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -metadata:s:s:0 language=eng"),
        *options("-disposition:a:0 default -disposition:a:1 0"),
        path,
    )
    check_corners(path)
    maker.keep(
        name,
        "format",
        "three chapters, a subtitle stream, sound in English and German",
        length(path),
        width=320,
        height=180,
        chapters=[list(chapter) for chapter in CHAPTERS],
        audio_languages=["eng", "deu"],
        subtitle_languages=["eng"],
        corners=CORNERS,
    )


JOBS: tuple[Job, ...] = (audio_only, covers, chapters)
