"""A spoken talk with changing pictures and subtitles, about which everything is known.

``script`` is what is said and shown, ``voices`` speaks it, ``timeline`` puts it in order
and cuts the picture, ``pictures`` draws it, ``sound`` and ``captions`` write what is
heard and read, ``film`` makes the files of it and ``truth`` says what is in them.
"""
