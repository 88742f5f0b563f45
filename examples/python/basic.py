"""Cut clips out of a video and say why these.

python examples/python/basic.py VIDEO [OUT_DIR [TRANSCRIPT]]
"""

import sys

import opusclip


def main() -> None:
    video = sys.argv[1]
    out_dir = sys.argv[2] if len(sys.argv) > 2 else "clips"
    transcript = sys.argv[3] if len(sys.argv) > 3 else None
    try:
        report = opusclip.extract_clips(
            video,
            out_dir,
            transcript=transcript,
            count=2,
            overwrite=True,
            progress=lambda step: print(f"\r{step}   ", end="", file=sys.stderr),
        )
    except opusclip.OpusClipError as error:
        sys.exit(f"{error} [{error.code}]")
    print(file=sys.stderr)
    for clip in report.clips:
        best = max(clip.features, key=lambda feature: feature.value * feature.weight)
        print(f"{clip.video}  {clip.start:.1f} to {clip.end:.1f} s  score {clip.score:.2f}, most of it by {best.name}")
    for note in report.notes:
        print("note:", note)


if __name__ == "__main__":
    main()
