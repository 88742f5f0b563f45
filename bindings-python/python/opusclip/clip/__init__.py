"""The clip engine: types of its results, its calls and their asyncio twins. Everything public is also in `opusclip`."""
