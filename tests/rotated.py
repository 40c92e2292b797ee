"""Recorded rotated sessions; graphs with source.lttngx.archive and the check sink; copies whose chunks come one by one."""

import shutil
from pathlib import Path

import bt2
from checks import CheckSink
from collected import summary
from recorded import TRACES, unpacked

PLUGIN = Path(__file__).parent.parent


def stream_of(message):
    """Return what identifies a message's stream: trace UUID (or UID), stream class ID, stream ID."""
    stream = message.event.stream if hasattr(message, "event") else message.packet.stream if hasattr(message, "packet") else message.stream
    trace = stream.trace
    return str(trace.uid if hasattr(trace, "uid") else trace.uuid), stream.cls.id, stream.id


class Archive:
    """A graph of source.lttngx.archive → check sink, run as long as there is something."""

    def __init__(self, folder, seen=None, **params):
        classes = bt2.find_plugins_in_path(str(PLUGIN), recurse=False)[0].source_component_classes
        self.seen, self.again, self._messages = [] if seen is None else seen, 0, []
        self._summarised = 0
        self._graph = bt2.Graph(bt2.get_maximal_mip_version())
        source = self._graph.add_component(classes["archive"], "source", {"inputs": [str(folder)], **params})
        sink = self._graph.add_component(CheckSink, "sink", obj=self.seen)
        self._graph.connect_ports(source.output_ports["out"], sink.input_ports["in"])

    def run(self, patience=20):
        """Run to the end, or until `patience` runs in a row brought nothing; return whether the end was reached."""
        waits = 0
        while waits < patience:
            before = len(self.seen)
            try:
                self._graph.run()
                return True
            except bt2.TryAgain:
                waits = 0 if len(self.seen) > before else waits + 1
                self.again += 1
        return False

    def finished(self):
        """Run to the end and let the graph go; return this."""
        assert self.run()
        self.messages()
        self._graph = None
        return self

    def messages(self):
        """Return (stream, summary) of all messages but inactivity."""
        for message in self.seen[self._summarised:]:
            if type(message).__name__ not in ("Checker", "_MessageIteratorInactivityMessageConst"):
                self._messages.append((stream_of(message), summary(message)))
        self._summarised = len(self.seen)
        return self._messages


def by_stream(messages):
    """Return the messages of each stream."""
    result = {}
    for stream, message in messages:
        result.setdefault(stream, []).append(message)
    return result


class Session:
    """A session's output folder in which chunks are completed one by one, as LTTng does."""

    def __init__(self, folder, chunks):
        self.folder, self._left = folder, sorted(chunks, key=lambda path: int(path.name.rsplit("-", 1)[1]))
        (folder / "archives").mkdir(parents=True)
        self._current = folder / "20261122T192800+0000-9"
        self._current.mkdir()

    @property
    def complete(self):
        """Whether all chunks came."""
        return not self._left

    def rotate(self):
        """Complete the next chunk."""
        chunk = self._left.pop(0)
        shutil.copytree(chunk, self.folder / ".tmp_old_chunk")
        (self.folder / ".tmp_old_chunk").rename(self.folder / "archives" / chunk.name)

    def destroy(self):
        """Destroy the session."""
        self._current.rmdir()


SESSIONS = ("per-uid", "evolving-metadata", "per-pid", "relayd-rotated", "kernel", "ctf2")


def chunks_of(name):
    """Return the chunk folders of a recorded session."""
    folder = TRACES / name if (TRACES / name).is_dir() else unpacked("rotated") / name
    folder = folder / "archives" if (folder / "archives").is_dir() else folder
    return [path for path in folder.iterdir() if path.is_dir()]
