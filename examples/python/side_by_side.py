"""Cut clips out of several videos, two at a time, each with a time limit, on one event loop.

python examples/python/side_by_side.py VIDEO [VIDEO ...]
"""

import asyncio
import sys
from pathlib import Path

import opusclip


async def work(video: Path, turn: asyncio.Semaphore) -> None:
    async with turn:
        try:
            job = opusclip.extract_clips_async(video, Path("clips") / video.stem, overwrite=True)
            report = await asyncio.wait_for(job, timeout=600)
        except asyncio.TimeoutError:
            print(f"{video}: gave up after ten minutes; nothing was left behind")
        except opusclip.OpusClipError as error:
            print(f"{video}: {error} [{error.code}]")
        else:
            print(f"{video}: {len(report.clips)} clips, see {report.contact_sheet}")


async def main() -> None:
    turn = asyncio.Semaphore(2)
    await asyncio.gather(*(work(Path(name), turn) for name in sys.argv[1:]))


if __name__ == "__main__":
    asyncio.run(main())
