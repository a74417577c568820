"""The protocol document: defaults, round trip, hash, refusals by field."""

import json

import pytest

from forgery.models import Pool
from observers.exceptions import WrongProtocol
from observers.models.protocol import Protocol
from observers.models.protocol_fields import digest_of
from observers.services.protocol import default_protocol, read_protocol_file


def test_defaults_are_those_of_the_paper():
    protocol = default_protocol(Pool(domain="fundus"))

    assert len(protocol.lesions) == 4
    assert (protocol.n_original, protocol.n_manipulated) == (45, 5)
    assert [(g.key, g.n_readers) for g in protocol.groups] == [
        ("ophthalmologists", 3),
        ("general-doctors", 2),
    ]
    assert (protocol.scale.minimum, protocol.scale.maximum) == (0, 100)
    assert protocol.set_order == "latin-square"
    assert not protocol.tell_prevalence
    assert protocol.warnings == ()


def test_document_survives_json():
    protocol = default_protocol(
        Pool(domain="fundus"), {"seed": 9, "filters": "unequal"}
    )

    again = Protocol.from_dict(json.loads(json.dumps(protocol.to_dict())))

    assert again == protocol
    assert again.digest == protocol.digest
    assert "sharpness" in again.warnings[0]


def test_digest_ignores_the_order_of_entries_and_follows_their_content():
    one = Protocol.from_dict({"lesions": ["a"], "seed": 1})
    two = Protocol.from_dict({"seed": 1, "lesions": ["a"]})
    other = Protocol.from_dict({"seed": 2, "lesions": ["a"]})

    assert one.digest == two.digest != other.digest


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lesions": []}, "lesions"),
        ({"lesions": ["a", "a"]}, "lesions"),
        ({"lesions": "a"}, "lesions"),
        ({"n_original": 0}, "n_original"),
        ({"n_original": True}, "n_original"),
        ({"n_original": "many"}, "n_original"),
        ({"n_manipulated": -1}, "n_manipulated"),
        ({"groups": []}, "groups"),
        ({"groups": [{"key": "A B", "name": "x"}]}, "groups[0].key"),
        ({"groups": [{"key": "a", "name": " "}]}, "groups[0].name"),
        ({"groups": [{"key": "a"}]}, "groups[0]"),
        ({"groups": [{"key": "a", "name": "x", "min_years": 99}]}, "min_years"),
        ({"scale": {"minimum": 50, "maximum": 40}}, "scale.maximum"),
        ({"scale": {"highest": 1}}, "highest"),
        ({"reader_profile": {"size": 4096}}, "reader_profile.size"),
        ({"set_order": "random"}, "set_order"),
        ({"filters": "none"}, "filters"),
        ({"review": "always"}, "review"),
        ({"tell_prevalence": "no"}, "tell_prevalence"),
        ({"question": ""}, "question"),
        ({"undo_seconds": -1}, "undo_seconds"),
        ({"cannot_rate": ["", "x"]}, "cannot_rate"),
        ({"analysis": {"margin": 0.9}}, "analysis.margin"),
        ({"analysis": {"margin": 0, "hypothesis": "equivalence"}}, "analysis.margin"),
        ({"analysis": {"hypothesis": "better"}}, "analysis.hypothesis"),
        ({"analysis": {"covariance": ["delong"]}}, "analysis.covariance"),
        ({"analysis": {"alpha": 0}}, "analysis.alpha"),
        ({"analysis": {"detector": 3}}, "analysis.detector"),
        ({"analysis": {"power": 3}}, "power"),
        ({"colour": "red"}, "colour"),
        ({"lesions": None}, "lesions"),
    ],
)
def test_wrong_field_is_refused_by_name(change, field):
    with pytest.raises(
        WrongProtocol, match=f"field [^:]*{field.replace('[', '.')[:9]}"
    ):
        Protocol.from_dict({"lesions": ["a", "b"], **change})


def test_lesion_of_another_domain_is_refused_by_name():
    with pytest.raises(WrongProtocol, match="'pneumonia' is not a lesion"):
        default_protocol(Pool(domain="fundus"), {"lesions": ["pneumonia"]})


@pytest.mark.parametrize(
    ("name", "text"), [("p.json", '{"seed": 5}'), ("p.toml", "seed = 5")]
)
def test_protocol_file_is_read(tmp_path, name, text):
    (tmp_path / name).write_text(text)

    assert read_protocol_file(tmp_path / name) == {"seed": 5}


@pytest.mark.parametrize(("name", "text"), [("p.json", "{"), ("p.json", "[1]")])
def test_protocol_file_that_is_no_object_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text)

    with pytest.raises(WrongProtocol, match=r"p\.json"):
        read_protocol_file(tmp_path / name)


def test_plan_of_the_analysis_is_part_of_the_hash():
    plain = Protocol.from_dict({"lesions": ["a"]})
    planned = Protocol.from_dict({"lesions": ["a"], "analysis": {"margin": 0.1}})

    assert planned.analysis.margin == 0.1
    assert planned.analysis.hypothesis == "superiority"
    assert planned.digest != plain.digest


def test_hash_is_of_the_document_as_stored():
    document = Protocol.from_dict({"lesions": ["a"]}).to_dict()
    older = {name: entry for name, entry in document.items() if name != "analysis"}

    assert digest_of(document) == Protocol.from_dict(document).digest
    assert digest_of(older) != Protocol.from_dict(older).digest
