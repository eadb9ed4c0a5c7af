from __future__ import annotations

import pathlib
import sys

import pytest
from adaptor_runtime._osname import OSName
from adaptor_runtime.adaptors import Adaptor, PathMappingRule, SemanticVersion
from adaptor_runtime.adaptors._paths.explanation import explain
from adaptor_runtime.adaptors._paths.mapping import PathMapping, read_rules
from hypothesis import given
from hypothesis import strategies as st


def rule(format, source, destination="/d", system="linux"):
    return PathMappingRule(
        source_path_format=format, source_path=source, destination_path=destination, destination_os=system
    )


def as_data(*rules):
    return {"version": "pathmapping-1.0", "path_mapping_rules": [one.to_dict() for one in rules]}


class Mapper(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        pass


CASES = [
    ("POSIX", "/a/b", "/a/b", "/d"),
    ("POSIX", "/a/b", "/a/b/", "/d/"),
    ("POSIX", "/a/b", "/a/b/c", "/d/c"),
    ("POSIX", "/a/b", "/a/b/c/", "/d/c/"),
    ("POSIX", "/a/b", "/a//b/./c", "/d/c"),
    ("POSIX", "/a/b", "///a/b/c", "/d/c"),
    ("POSIX", "/a/b", "/a/b/../c", "/d/../c"),
    ("POSIX", "/a/b", "/a/b/c\\d", "/d/c\\d"),
    ("POSIX", "/a/b", "/a/b/.hidden", "/d/.hidden"),
    ("POSIX", "/a/b", "/a/bc", None),
    ("POSIX", "/a/b", "/a", None),
    ("POSIX", "/a/b", "/A/b", None),
    ("POSIX", "/a/b", "//a/b/c", None),
    ("POSIX", "/a/b", "a/b/c", None),
    ("POSIX", "/a/b", "/a/x/../b/c", None),
    ("POSIX", "/a/b", "", None),
    ("POSIX", "/a/b/", "/a/b", "/d"),
    ("POSIX", "/", "/x/y", "/d/x/y"),
    ("POSIX", "a/b", "./a/b/c", "/d/c"),
    ("POSIX", "/\udc80", "/\udc80/\U0001f600", "/d/\U0001f600"),
    ("WINDOWS", "C:\\a\\b", "C:\\a\\b", "/d"),
    ("WINDOWS", "C:\\a\\b", "c:/A/B/c/D", "/d/c/D"),
    ("WINDOWS", "c:/A/b", "C:\\a\\b\\c", "/d/c"),
    ("WINDOWS", "C:\\a\\b", "C:\\a\\b\\", "/d/"),
    ("WINDOWS", "C:\\a\\b", "C:\\a\\.\\b\\\\c", "/d/c"),
    ("WINDOWS", "C:\\a\\b", "C:\\a\\b\\..\\x", "/d/../x"),
    ("WINDOWS", "C:\\a\\b", "C:a\\b\\c", None),
    ("WINDOWS", "C:\\a\\b", "D:\\a\\b\\c", None),
    ("WINDOWS", "C:\\a\\b", "\\a\\b", None),
    ("WINDOWS", "C:\\a\\b", "C:\\a\\bc", None),
    ("WINDOWS", "C:", "c:\\x", "/d/x"),
    ("WINDOWS", "C:\\", "c:/x", "/d/x"),
    ("WINDOWS", "C:\\", "c:x", None),
    ("WINDOWS", "\\\\server\\share", "//SERVER/Share/x", "/d/x"),
    ("WINDOWS", "\\\\server\\share", "\\\\server\\share2\\x", None),
    ("WINDOWS", "\\\\server\\share", "\\\\?\\unc\\SERVER\\share\\x", "/d/x"),
    ("WINDOWS", "\\\\?\\C:\\a", "c:\\A\\x", "/d/x"),
    ("WINDOWS", "C:\\a", "\\\\?\\C:\\a\\x", "/d/x"),
    ("WINDOWS", "C:\\a", "\\\\?\\UNC\\C:\\a\\x", None),
    ("WINDOWS", "\\\\server", "\\\\server\\share\\x", "/d/share/x"),
    ("WINDOWS", "C:\\\u0130", "c:/\u0130/\u0130X", "/d/\u0130X"),
    ("URI", "s3://bucket/p", "s3://bucket/p", "/d"),
    ("URI", "s3://bucket/p", "s3://bucket/p/", "/d/"),
    ("URI", "s3://bucket/p", "s3://bucket/p/x", "/d/x"),
    ("URI", "s3://bucket/p/", "s3://bucket/p/x", "/d/x"),
    ("URI", "s3://bucket", "s3://bucket/x/y", "/d/x/y"),
    ("URI", "s3://bucket/p", "S3://BUCKET/p/x", "/d/x"),
    ("URI", "s3://bucket/p", "s3://bucket/P/x", None),
    ("URI", "s3://bucket/p", "s3://bucket/px", None),
    ("URI", "s3://bucket/p", "s3://bucket//p/x", None),
    ("URI", "s3://bucket/p", "s3://bucket/p//x", "/d//x"),
    ("URI", "s3://bucket/p", "s3://bucket/p/../x", "/d/../x"),
    ("URI", "s3://bucket/p", "s3://bucket/p/a%20b", "/d/a%20b"),
    ("URI", "s3://bucket\u212a", "s3://bucketk/x", None),
    ("URI", "file:///a", "file:///a/x", "/d/x"),
    ("URI", "file:///a", "file://host/a/x", None),
    ("URI", "s3://bucket", "/bucket/x", None),
]


@pytest.mark.parametrize(("format", "source", "path", "mapped"), CASES)
def test_a_rule_maps_paths_at_or_below_its_source(format, source, path, mapped):
    one = rule(format, source)
    assert one.apply(path=path) == ((False, path) if mapped is None else (True, mapped))
    assert PathMapping([one]).map(path) == (path if mapped is None else mapped)


@pytest.mark.parametrize(
    ("system", "destination", "path", "mapped"),
    [
        ("linux", "/d//e/", "/s/x/y", "/d/e/x/y"),
        ("linux", "/", "/s/x", "/x"),
        ("linux", "/", "/s/", "/"),
        ("linux", "/", "/s", "/"),
        ("linux", "d/e", "/s/x", "d/e/x"),
        ("linux", ".", "/s/x", "x"),
        ("linux", ".", "/s", "."),
        ("macos", "/Volumes/d", "/s/x", "/Volumes/d/x"),
        ("windows", "D:/d/e", "/s/x/y", "D:\\d\\e\\x\\y"),
        ("windows", "D:", "/s/x", "D:\\x"),
        ("windows", "D:\\", "/s", "D:\\"),
        ("windows", "//server/share/", "/s/x/", "\\\\server\\share\\x\\"),
        ("linux", "s3://bucket/p/", "/s/x/y", "s3://bucket/p/x/y"),
        ("windows", "s3://bucket/p", "/s/x/y", "s3://bucket/p/x/y"),
        ("linux", "file:///", "/s/x", "file:///x"),
    ],
)
def test_a_mapped_path_is_written_as_the_destination_system_writes_it(system, destination, path, mapped):
    assert rule("POSIX", "/s", destination, system).apply(path=path) == (True, mapped)


def test_the_destination_system_is_this_one_by_default():
    one = PathMappingRule(source_path_format="POSIX", source_path="/s", destination_path="/d")
    assert one.destination_os == OSName()


FIELDS = {"source_path_format": "POSIX", "source_path": "/s", "destination_path": "/d", "destination_os": "linux"}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", ["", None, 3, ["/s"]])
def test_an_empty_field_is_rejected_by_name(name, value):
    with pytest.raises(ValueError, match=f"^{name} "):
        PathMappingRule(**{**FIELDS, name: value})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source_path_format": "VMS"}, "source_path_format 'VMS'"),
        ({"destination_os": "VMS"}, "destination_os: unknown operating system 'VMS'"),
        ({"source_path": "."}, "source_path '.' does not name a directory"),
        ({"source_path_format": "URI"}, "source_path '/s' is not a URI"),
        ({"source_path_format": "URI", "source_path": "s3:/bucket"}, "source_path 's3:/bucket' is not a URI"),
    ],
)
def test_a_meaningless_field_is_rejected_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        PathMappingRule(**{**FIELDS, **change})


@pytest.mark.parametrize("spelling", ["posix", "POSIX", "Posix", "linux", "macOS"])
def test_a_source_format_may_be_written_in_any_case_or_as_a_system(spelling):
    assert PathMappingRule(**{**FIELDS, "source_path_format": spelling}) == PathMappingRule(**FIELDS)


def test_equal_rules_are_equal_and_can_be_keys():
    assert {rule("POSIX", "/s"), rule("posix", "/s")} == {rule("POSIX", "/s")}
    assert rule("POSIX", "/s") != rule("POSIX", "/t")
    assert rule("POSIX", "/s") != rule("POSIX", "/s", "/e")
    assert rule("POSIX", "/s") != "a rule"


@pytest.mark.parametrize("one", [rule("POSIX", "/s"), rule("WINDOWS", "C:\\s", "D:\\d", "nt"), rule("URI", "s3://b/")])
def test_a_rule_survives_its_dictionary(one):
    assert PathMappingRule.from_dict(one.to_dict()) == one
    assert set(one.to_dict()) == set(FIELDS)
    assert {type(value) for value in one.to_dict().values()} <= {str, OSName}


def test_unknown_keys_of_a_rule_mean_nothing():
    assert PathMappingRule.from_dict({**FIELDS, "comment": "of a later version"}) == PathMappingRule(**FIELDS)


@pytest.mark.parametrize("data", [None, {}, {"path_mapping_rules": []}, {"path_mapping_rules": None}, {"version": "1"}])
def test_the_rules_may_be_empty(data):
    assert read_rules(data) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({}, r"path_mapping_rules\[1\]: source_path_format is missing"),
        ({**FIELDS, "source_path": ""}, r"path_mapping_rules\[1\]: source_path cannot be empty"),
        ({**FIELDS, "destination_path": 3}, r"path_mapping_rules\[1\]: destination_path must be a string, not 3"),
        ("/s", r"path_mapping_rules\[1\]: a rule must be a mapping"),
        (None, r"path_mapping_rules\[1\]: a rule must be a mapping"),
    ],
)
def test_a_malformed_rule_is_named_by_its_number_and_field(bad, message):
    with pytest.raises(ValueError, match=message):
        read_rules({"path_mapping_rules": [FIELDS, bad]})


def test_rules_that_are_not_a_list_are_rejected():
    with pytest.raises(ValueError, match="must be a list, not dict"):
        read_rules({"path_mapping_rules": {"source_path": "/s"}})


names = st.sampled_from(["a", "b", "A", "..", ".", "", "c d", "\u0130"])
paths = st.builds(
    lambda start, parts, separator: start + separator.join(parts),
    st.sampled_from(["/", "//", "", "C:\\", "c:/", "C:", "\\\\", "s3://B/", "S3://b/", "s3://b", "file:///"]),
    st.lists(names, max_size=5),
    st.sampled_from(["/", "\\"]),
)


def valid(one):
    try:
        return rule(*one)
    except ValueError:
        return None


rules = st.builds(
    valid, st.tuples(st.sampled_from(["POSIX", "WINDOWS", "URI"]), paths, st.sampled_from(["/d", "/e/f", "/"]))
).filter(bool)


@given(st.lists(rules, max_size=12), paths)
def test_the_index_maps_as_trying_rule_after_rule_does_longest_source_first(given_rules, path):
    expected = path
    for one in sorted(given_rules, key=lambda one: -len(one.source)):  # stable: of equals the first given
        applied, mapped = one.apply(path=path)
        if applied:
            expected = mapped
            break
    assert PathMapping(given_rules).map(path) == expected


@given(st.lists(rules, max_size=12), paths)
def test_the_explanation_names_the_rule_that_maps(given_rules, path):
    lines = explain(given_rules, path)
    found = PathMapping(given_rules).find(path)
    mapping = [line for line in lines if line.endswith(": maps the path")]
    matching = [one for one in given_rules if one.apply(path=path)[0]]
    assert len(mapping) == (found is not None)
    assert sum("matches too" in line for line in lines) == max(0, len(matching) - 1)
    assert len(lines) == max(1, len(given_rules))


def test_windows_sources_agree_with_pathlib():
    source = pathlib.PureWindowsPath("C:\\Show\\Shot")
    for text in ("c:/show/SHOT/x/Y", "C:\\show\\shot", "C:\\show\\x\\y", "\\\\server\\share\\x", "C:show\\shot\\x"):
        path = pathlib.PureWindowsPath(text)
        inside = path == source or source in path.parents
        assert rule("WINDOWS", str(source)).apply(path=text)[0] is inside


def test_an_adaptor_maps_by_the_longest_source_regardless_of_the_order():
    adaptor = Mapper({}, path_mapping_data=as_data(rule("POSIX", "/s", "/short"), rule("POSIX", "/s/t", "/long")))
    assert adaptor.map_path("/s/t/x") == "/long/x"
    assert adaptor.map_path("/s/u") == "/short/u"
    assert adaptor.map_path("/u") == "/u"
    assert adaptor.map_path(pathlib.PurePosixPath("/s/u")) == "/short/u"


def test_an_adaptor_without_rules_leaves_paths_unchanged():
    assert Mapper({}).map_path("/s/x") == "/s/x"
    assert Mapper({}).path_mapping_rules == []


def test_the_rules_of_an_adaptor_are_a_copy_in_the_given_order():
    given_rules = [rule("POSIX", "/s"), rule("POSIX", "/s/t/u"), rule("URI", "s3://b")]
    adaptor = Mapper({}, path_mapping_data=as_data(*given_rules))
    assert adaptor.path_mapping_rules == given_rules
    adaptor.path_mapping_rules.clear()
    assert adaptor.path_mapping_rules == given_rules


def test_an_author_may_change_the_rules_before_and_after_construction():
    class Changing(Mapper):
        def __init__(self, *args, path_mapping_data=None, **kwargs):
            path_mapping_data["path_mapping_rules"].append(rule("POSIX", "/t", "/first").to_dict())
            super().__init__(*args, path_mapping_data=path_mapping_data, **kwargs)
            self._path_mapping_rules.append(rule("POSIX", "/u", "/second"))

    adaptor = Changing({}, path_mapping_data=as_data())
    assert [adaptor.map_path(path) for path in ("/t/x", "/u/x", "/v/x")] == ["/first/x", "/second/x", "/v/x"]
    held = adaptor._path_mapping_rules
    assert adaptor.map_path("/v/x") == "/v/x"
    held.append(rule("POSIX", "/v", "/third"))
    assert adaptor.map_path("/v/x") == "/third/x"
    adaptor._path_mapping_rules = [rule("POSIX", "/w", "/fourth")]
    assert [adaptor.map_path(path) for path in ("/v/x", "/w/x")] == ["/v/x", "/fourth/x"]


def test_malformed_rules_are_named_when_an_adaptor_is_used_without_the_command_line():
    adaptor = Mapper({}, path_mapping_data={"path_mapping_rules": [{**FIELDS, "source_path": ""}]})
    with pytest.raises(ValueError, match=r"path_mapping_rules\[0\]: source_path cannot be empty"):
        adaptor.map_path("/s")


@pytest.mark.unmeasured
def test_the_work_of_a_call_does_not_grow_with_the_number_of_rules():
    def lines_run(mapping):
        lines = []

        def trace(frame, event, argument):
            if event == "line":
                lines.append(frame.f_lineno)
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            mapping.map("/s/1/t/x/y/z")
        finally:
            sys.settrace(before)
        return lines

    few, many = (PathMapping([rule("POSIX", f"/s/{number}/t") for number in range(size)]) for size in (2, 10_000))
    assert many.map("/s/9999/t/x") == "/d/x"
    assert lines_run(many) == lines_run(few) != []


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        *(("nt", "Windows"), ("win32", "Windows"), ("Mac OS", "macOS"), ("darwin", "macOS"), ("OS X", "macOS")),
        *(("linux2", "Linux"), ("posix", "Posix")),
    ],
)
def test_an_operating_system_has_one_spelling(name, spelling):
    assert OSName(name) == spelling
    assert OSName.is_windows(name) is not OSName.is_posix(name)
    assert OSName.is_macos(name) is (spelling == "macOS")
    assert OSName.is_linux(name) is (spelling == "Linux")


@pytest.mark.parametrize(
    "data",
    [
        {"pathMappingRules": []},
        {"path-mapping-rules": []},
        {"path_mapping_rule": None},
        {"version": "pathmapping-1.0", "rules": [FIELDS]},
        {"mapping": {"path_mapping_rules": []}},
    ],
)
@pytest.mark.faults("Bad input")
def test_rules_under_another_name_are_rejected_because_mapping_would_be_off(data):
    name = next(key for key in data if key != "version")
    with pytest.raises(ValueError, match=f"path_mapping_rules is missing, but '{name}' is given"):
        read_rules(data)


@pytest.mark.parametrize("more", [{"rules": [1]}, {"comment": "of a later version"}, {"path_mapping_rules_x": []}])
def test_keys_next_to_rules_are_ignored(more):
    assert read_rules({"path_mapping_rules": [FIELDS], **more}) == [PathMappingRule(**FIELDS)]


@pytest.mark.parametrize("name", [*FIELDS])
@pytest.mark.faults("Bad input")
def test_a_misspelt_field_of_a_rule_is_named(name):
    misspelt = name.title().replace("_", "")
    rule = {misspelt if key == name else key: value for key, value in FIELDS.items()}
    with pytest.raises(ValueError, match=rf"\[0\]: {name} is missing, but '{misspelt}' is given"):
        read_rules({"path_mapping_rules": [rule]})
