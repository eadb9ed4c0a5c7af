from __future__ import annotations

import json
import os
import threading
import time
import tracemalloc

import pytest
from adaptor_runtime.adaptors.data import _load, _yaml, load_mapping
from adaptor_runtime.ipc._errors import BadInputError

pytestmark = pytest.mark.faults("Bad input")

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi")
)


def load(text):
    return load_mapping(text, "--init-data")


def load_bytes(path, content):
    path.write_bytes(content)
    return load(f"file://{path}")


@pytest.mark.parametrize("text", ["", " \n\t", "\ufeff", "null", "~", "# a comment", "---\n", "{}"])
def test_nothing_is_an_empty_mapping(text):
    assert load(text) == {}


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"a": 1e5, "b": -0.5, "c": [true, null]}', {"a": 1e5, "b": -0.5, "c": [True, None]}),
        ('{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n', {"a": {"b": 1}}),
        ('{"\\u0000": "\\ud800", "b": "\\ud83d\\ude00"}', {"\0": "\ud800", "b": "\U0001f600"}),
        ('{"a": "\udc80"}', {"a": "\udc80"}),
        ('\ufeff{"a": 1}', {"a": 1}),
        ('{"a": "x\\u2028y\\u0085z"}', {"a": "x\u2028y\x85z"}),
    ],
)
def test_json_is_read_as_json(text, data):
    assert load(text) == data


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        *(("1", 1), ("+1", 1), ("-1", -1), ("010", 10), ("0o17", 15), ("0x1F", 31)),
        *(("1e5", 1e5), ("1.5E+3", 1500.0), ("-.5", -0.5), ("1.", 1.0), ("1e308", 1e308)),
        *(("true", True), ("Yes", True), ("ON", True), ("false", False), ("no", False), ("Off", False)),
        *(("null", None), ("~", None), ("", None)),
        *(("1:30", "1:30"), ("1_000", "1_000"), ("1.2.3", "1.2.3"), ("0b1", "0b1"), ("09f", "09f"), ("1e", "1e")),
        *(("2026-11-24", "2026-11-24"), ("2026-11-24 10:00:00Z", "2026-11-24 10:00:00Z"), ("=", "="), (".", ".")),
        *(("'1'", "1"), ('"true"', "true"), ("!!str 1", "1"), ("!!int '1'", 1), ("!!float 1", 1.0), ("! 1", "1")),
        *(("!!bool 'yes'", True), ("!!null ''", None), ("\U0001f600", "\U0001f600"), ("tRUE", "tRUE")),
    ],
)
def test_a_yaml_scalar_is_plain_data(scalar, value):
    data = load(f"a: {scalar}\n")
    assert data == {"a": value}
    assert type(data["a"]) is type(value)
    assert json.loads(json.dumps(data)) == data


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1.5E+400"])
def test_a_json_number_that_is_not_finite_is_rejected_with_its_place(number):
    with pytest.raises(BadInputError, match=r'has at layers\[1\]\["my gain"\] a number that is not finite'):
        load(f'{{"layers": [0, {{"my gain": {number}}}]}}')


@pytest.mark.parametrize("number", [".nan", ".NaN", ".inf", "-.INF", "1e999", "!!float .inf"])
def test_a_yaml_number_that_is_not_finite_is_rejected_with_its_place(number):
    with pytest.raises(BadInputError, match=r"a number that is not finite.* at line 2, column 4"):
        load(f"a:\n- [{number}]\n")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"a": 1, "a": 2}', 'the key "a" twice'),
        ('{"b": [{"a": {"x y": 1, "c": 2, "x y": 1}}]}', 'the key "x y" twice'),
        ('{"a": 1, "\\u0061": 2}', 'the key "a" twice'),
        ("a: 1\nb: 2\na: 3\n", "the key 'a' appears twice in one mapping, the second time at line 3, column 4"),
        ("1: a\n'1': b\n", "the key '1' appears twice in one mapping"),
        ("x:\n- b: {c: 1, c: 2}\n", "the key 'c' appears twice in one mapping"),
        ("x: {c: [1], c: {d: 1}}\n", "the key 'c' appears twice in one mapping"),
        ("&k a: 1\n*k : 2\n", "the key 'a' appears twice in one mapping"),
        ("{'a': 1, \"a\": 2}", "the key 'a' appears twice in one mapping"),
    ],
)
def test_a_repeated_key_is_rejected_by_name(text, key):
    with pytest.raises(BadInputError) as refused:
        load(text)
    assert key in str(refused.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83c\udfac"', "\U0001f3ac"),
        (r'"a\uD83C\uDFAC b\\\ud83c\udfac"', "a\U0001f3ac b\\\U0001f3ac"),
        (r'"\\ud83c\\udfac"', r"\ud83c\udfac"),
        (r"'\ud83c\udfac'", r"\ud83c\udfac"),
        (r"\ud83c\uDfac", r"\ud83c\uDfac"),
        (r'"\ud83c x"', "\ud83c x"),
        (r'"\udfac\ud83c"', "\udfac\ud83c"),
        ("\udc80.exr", "\udc80.exr"),
        ('"\udc80\ue000"', "\udc80\ue000"),
        ("|-\n  \\ud83c\udc80\n", "\\ud83c\udc80"),
    ],
)
def test_surrogates_in_yaml_are_read_as_in_json(text, value):
    assert load(f"a: {text}\nb: c\n") == {"a": value, "b": "c"}
    assert load(f"{text if text[0] in chr(34) + chr(39) else 'x'}: 1\n")


def test_yaml_keys_are_the_text_that_was_written():
    text = "1: a\ntrue: b\n~: c\n2026-11-24: d\n1.50: e\n'x': f\n"
    assert load(text) == {"1": "a", "true": "b", "~": "c", "2026-11-24": "d", "1.50": "e", "x": "f"}


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}),
        ("&k a: {b: *k}\n", {"a": {"b": "a"}}),
        ("a: &x b\n*x : 2\n", {"a": "b", "b": 2}),
        ("a: &x {p: 1, q: 2}\nb:\n  q: 3\n  <<: *x\n  r: 4\n", {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3, "r": 4}}),
        ("a: &x {p: 1}\nb: &y {p: 2}\nc: {<<: [*x, *y]}\n", {"a": {"p": 1}, "b": {"p": 2}, "c": {"p": 1}}),
        ("'<<': 1\n", {"<<": 1}),
        ("a: |\n  one\n  two\nb: >-\n  one\n  two\n", {"a": "one\ntwo\n", "b": "one two"}),
        ("a:\r\n- 1\r\n- b: 2\r\n", {"a": [1, {"b": 2}]}),
        ("\ufeffa: 1\n", {"a": 1}),
        ("{a: 1, b: [x, y]}", {"a": 1, "b": ["x", "y"]}),
        ("{'a': 1,}", {"a": 1}),
    ],
)
def test_yaml_structures_are_plain_data(text, data):
    assert load(text) == data


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[1, 2]", "needs a mapping"),
        ("- 1", "needs a mapping, such as .*, not a list"),
        ("just words", "not a text"),
        ("5", "not a number"),
        ("yes", "not a boolean"),
        ("a: 1\n---\nb: 2\n", "a second document begins at line 2, column 1"),
        ("? [1]\n: 2\n", "a key must be a string at line 1, column 3"),
        ("a: &x [1]\n*x : 2\n", "a key must be a string at line 2, column 1"),
        ("a: *x", "an alias .* has no anchor before it"),
        ("a: &x [*x]", "an alias is inside the value that it refers to"),
        ("a: &x {b: {c: *x}}", "an alias is inside the value that it refers to"),
        ("a: {<<: 1}", "<< needs a mapping"),
        ("a: !!binary aGVsbG8=", "is not plain data"),
        ("a: !!timestamp 2026-11-24", "is not plain data"),
        ("a: !!int x", "is not plain data"),
        ("a: !!set {x}", "is not plain data"),
        ("a: !!python/object/apply:os.system [ls]", "is not plain data"),
        ("a: !mine 1", "is not plain data"),
        ("a: " + "9" * 5000, "digits"),
        ("a: \x07", "control characters"),
        ("a: [1,", "line 2, column 1"),
        ("a: 'x", "line 1"),
        ('{"a": 1', r"is neither valid JSON \(.*line 1 column 8.*\) nor valid YAML"),
        (BOMB, "counting each alias as the values it stands for"),
    ],
)
def test_data_that_is_not_a_plain_mapping_is_rejected_in_one_line(text, problem):
    with pytest.raises(BadInputError, match=problem) as caught:
        load(text)
    assert str(caught.value).startswith("--init-data ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def nested_json(depth):
    return '{"a": ' * depth + "1" + "}" * depth


def nested_yaml(depth):
    return "".join(" " * level + "a:\n" for level in range(depth - 1)) + " " * depth + "a: 1\n"


@pytest.mark.parametrize("nested", [nested_json, nested_yaml])
def test_data_may_be_nested_as_deep_as_the_limit(nested):
    data = load(nested(_load.MAXIMUM_DEPTH))
    for _ in range(_load.MAXIMUM_DEPTH):
        data = data["a"]
    assert data == 1


@pytest.mark.parametrize(
    "text",
    [
        nested_json(201),
        nested_yaml(201),
        nested_json(5_000),
        nested_json(100_000),
        '{"a": ' + "[" * 100_000,
        "a: " + "[" * 100_000,
        "- " * 100_000 + "x",
        "? " * 100_000 + "x",
    ],
    ids=lambda text: f"{text[:6]}{len(text)}",
)
def test_data_that_is_nested_too_deep_is_rejected(text):
    began = time.process_time()
    with pytest.raises(BadInputError):
        load(text)
    assert time.process_time() - began < 10


@pytest.mark.unmeasured
def test_an_alias_bomb_is_rejected_at_once():
    load("a: [warm]")
    assert len(BOMB) < 500
    times = []
    for _ in range(5):
        began = time.perf_counter()
        with pytest.raises(BadInputError):
            load(BOMB)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.1


def test_aliases_may_stand_for_many_values():
    text = "a: &a [" + "x," * 999 + "x]\nb: [" + "*a," * 1_000 + "]\n"
    assert load(text)["b"] == [["x"] * 1000] * 1000


def test_yaml_longer_than_the_limit_is_rejected_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(_yaml, "MAXIMUM_CHARACTERS", 20)
    assert load("a: " + "x" * 17) == {"a": "x" * 17}
    with pytest.raises(BadInputError, match="longer than 20 characters"):
        load("a: " + "x" * 18)


def test_a_file_longer_than_the_limit_is_rejected_before_it_is_parsed(monkeypatch, tmp_path):
    monkeypatch.setattr(_load, "MAXIMUM_BYTES", 1024**2)
    with pytest.raises(BadInputError, match="is longer than 1 MB"):
        load_bytes(tmp_path / "data", b" " * (1024**2 + 1))


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs a file without an end")
def test_an_endless_file_is_rejected(monkeypatch):
    monkeypatch.setattr(_load, "MAXIMUM_BYTES", 1024**2)
    with pytest.raises(BadInputError, match="is longer than"):
        load("file:///dev/zero")


def test_many_megabytes_of_json_are_read(tmp_path):
    item = '{"name": "frame", "path": "/mnt/show/frame.exr", "number": 1}'
    content = ('{"items": [' + ",".join([item] * 300_000) + "]}").encode()
    assert len(content) > 18_000_000
    assert len(load_bytes(tmp_path / "data", content)["items"]) == 300_000


@pytest.mark.parametrize("content", [b'\xef\xbb\xbf{"a": "\xf0\x9f\x98\x80"}', b"\xef\xbb\xbfa: \xf0\x9f\x98\x80\r\n"])
def test_a_file_may_begin_with_a_byte_order_mark(tmp_path, content):
    assert load_bytes(tmp_path / "data", content) == {"a": "\U0001f600"}


@pytest.mark.parametrize("content", [b"a: \xff", '{"a": 1}'.encode("utf-16"), b"a: \xed\xa0\x80"])
def test_a_file_that_is_not_utf_8_is_rejected(tmp_path, content):
    with pytest.raises(BadInputError, match=r"data\) is not UTF-8 text: .* at byte \d"):
        load_bytes(tmp_path / "data", content)


@pytest.mark.parametrize("path", ["", "/", "/nowhere/data", "/etc/\0x", "\ud800"])
def test_an_unreadable_file_is_rejected(path):
    with pytest.raises(BadInputError, match="cannot be read"):
        load(f"file://{path}")


def test_a_file_may_be_named_by_its_uri(tmp_path):
    path = tmp_path / "data.json"
    path.write_text('{"a": 1}')
    assert load(path.as_uri()) == {"a": 1}  # with three slashes, also before a drive


@pytest.mark.posix("needs a named pipe")
def test_a_file_may_be_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=('{"a": 1}',))
    writer.start()
    assert load(f"file://{path}") == {"a": 1}
    writer.join()


def test_a_short_file_takes_little_memory(tmp_path):
    tracemalloc.start()
    try:
        load_bytes(tmp_path / "data", b'{"frame": 1}')
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
