"""Whatever bytes arrive on a connection or stand in a file: an error of ours, and nobody else notices."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path

import pytest
from adaptor_runtime.adaptors.data._load import load_mapping
from adaptor_runtime.ipc import _handshake as handshake
from adaptor_runtime.ipc._errors import AdaptorRuntimeError, BadInputError, HandshakeError, NoDaemonError
from adaptor_runtime.ipc._files import connection_file
from adaptor_runtime.ipc._files.connection_file import ConnectionInfo
from adaptor_runtime_client._channel import Channel
from adaptor_runtime_client._messages import HEADER, PROTOCOL, Hello, ProtocolError, Welcome, decode
from adaptor_runtime_client._transport import address, authenticate, connect, listen
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from patience import SECONDS
from private_files import write_private

pytestmark = pytest.mark.faults("Bad input")

many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
few = settings(many, max_examples=50)

KINDS = ["hello", "welcome", "refused", "start", "run", "stop", "cancel", "output", "result", "no such kind"]
TEXTS = st.text(st.characters(), max_size=20) | st.sampled_from(["\0", "\ud800", "/" * 300, "../..", "ready"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(sorted({*ConnectionInfo._fields, *Hello._fields, "seconds", "task", "code"}))
HEADS = st.builds(
    lambda kind, fields: json.dumps({"kind": kind, **fields}).encode(),
    st.sampled_from(KINDS),
    st.dictionaries(FIELDS, VALUES, max_size=6),
)
FRAMES = st.binary(max_size=200) | HEADS.map(lambda head: HEADER.pack(len(head), 0) + head)
GOOD = ConnectionInfo("/nowhere/daemon", "key", 1, 1.0, "0", "/nowhere", "ready")


@many
@given(HEADS | st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b'{"kind": []}')
def test_any_head_is_a_message_or_a_protocol_error(head):
    with contextlib.suppress(ProtocolError):
        assert decode(head) is not None


@pytest.fixture
def daemon(tmp_path_factory):
    """Welcome whoever connects, each in a thread of its own; what escapes a thread fails the test."""
    path = address(str(tmp_path_factory.mktemp("d")), "s")
    listener = listen(path)
    threads = []

    def serve(transport):
        with contextlib.suppress(HandshakeError):
            handshake.welcome(transport, "key", seconds=10).close()

    def accept():
        while (transport := listener.accept()) is not None:
            threads.append(threading.Thread(target=serve, args=(transport,)))
            threads[-1].start()

    threads.append(threading.Thread(target=accept))
    threads[0].start()
    yield path
    listener.close()
    for thread in threads:
        thread.join()


@few
@given(sent=FRAMES, is_known=st.booleans())
def test_any_bytes_cost_only_their_own_connection(daemon, sent, is_known):
    with contextlib.closing(connect(daemon, 10)) as stranger:
        with contextlib.suppress(OSError):
            assert not is_known or authenticate(stranger, "key", accepted=False)
            stranger.send(sent)
            stranger.close()
        with contextlib.closing(connect(daemon, 10)) as transport:
            assert authenticate(transport, "key", accepted=False)
            friend = Channel(transport)
            friend.send(Hello(PROTOCOL, "0", "frontend", "key"))
            assert isinstance(friend.receive(SECONDS)[0], Welcome)


@many
@given(fields=st.dictionaries(FIELDS, VALUES, max_size=4))
@example(fields={"socket": "/tmp/\0"})
@example(fields={"socket": "\ud800"})
@example(fields={"pid": 10**30})
@example(fields={"pid": -1, "start_time": float("nan")})
def test_any_connection_file_is_refused_or_names_no_daemon(tmp_path, fields):
    path = tmp_path / "connection.json"
    write_private(path, json.dumps({**GOOD._asdict(), **fields}).encode())
    before = path.read_bytes()
    with pytest.raises((BadInputError, NoDaemonError)) as caught:
        handshake.connect_to_daemon(connection_file.read(str(path)), seconds=1)
    assert caught.value.exit_code in (2, 4)
    assert path.read_bytes() == before


@many
@given(content=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
@example(content=b"[" * 50_000)
@example(content=b"{" * 50_000)
@example(content=b"a: &a [*a]")
@example(content=b"a: !!python/object/apply:os.system [exit]")
@example(content=b"? {a: b}\n: c")
@example(content=b"a: .nan")
def test_any_data_file_is_a_mapping_or_bad_input(tmp_path, content):
    file = Path(tmp_path / "data")
    file.write_bytes(content)
    try:
        assert isinstance(load_mapping(f"file://{file}", "--init-data"), dict)
    except AdaptorRuntimeError as error:
        assert error.exit_code == 2
        assert "\n" not in str(error)
