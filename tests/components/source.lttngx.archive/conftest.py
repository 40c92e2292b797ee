"""Recorded sessions as fixtures."""

import functools

import pytest
from rotated import SESSIONS, Archive, chunks_of


@functools.cache
def finished(name):
    return Archive(chunks_of(name)[0].parent).finished()


@pytest.fixture(params=SESSIONS)
def whole_session(request):
    """Each recorded session: the folder of its chunks, and a reader which has read it all."""
    return chunks_of(request.param)[0].parent, finished(request.param)
