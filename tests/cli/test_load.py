"""The commands that load and write a township's files."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.destination import in_all
from tests.factories.files import calendar_document, destination_document
from tourism.destination.errors import NoDestinationError
from tourism.destination.queries import all_places, get_destination
from tourism.festivals.queries import festivals
from tourism.web.assets import STATIC

DATA = Path(__file__).parents[2] / "data" / "lizhuang"


def run(app: Flask, *args: object) -> Result:
    """A command as it is typed; what it prints on either stream is in `output`."""
    return app.test_cli_runner().invoke(args=[str(arg) for arg in args])


def written(folder: Path, document: object) -> Path:
    file = folder / "file.json"
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return file


def test_load_destination_loads_the_file_we_ship(app: Flask, session: Session) -> None:
    basemap = DATA / "basemap.geojson"
    command = ("load-destination", DATA / "destination.geojson", "--basemap", basemap)
    result = run(app, *command)
    assert (result.exit_code, result.output) == (
        0,
        "Places: 51 new, 0 changed, 0 unchanged, 0 retired.\n",
    )
    assert len(all_places(session)) == 51
    assert len(get_destination(session).basemap["features"]) == 10
    session.commit()
    again = run(app, *command)
    assert again.output == "Places: 0 new, 0 changed, 51 unchanged, 0 retired.\n"


def test_load_destination_says_what_it_did(app: Flask, session: Session, tmp_path: Path) -> None:
    run(app, "load-destination", written(tmp_path, destination_document()))
    document = destination_document(warning=in_all("新"))
    del document["features"][2]
    result = run(app, "load-destination", written(tmp_path, document))
    assert result.output.splitlines() == [
        "Places: 0 new, 0 changed, 4 unchanged, 1 retired.",
        "Retired (no longer in the file): halfway",
        "Changed of the destination itself: warning",
    ]


def test_load_destination_lists_every_fault_and_writes_nothing(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    document = destination_document()
    document["features"][0]["geometry"]["coordinates"][0].reverse()
    del document["features"][3]["properties"]["name"]["en"]
    file = written(tmp_path, document)
    result = run(app, "load-destination", file)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"Error: {file}: 2 faults; nothing was loaded.",
        "  lake: geometry.coordinates: the ring must run counter-clockwise (RFC 7946 §3.1.6);"
        " reverse its positions",
        "  town: properties.name.en: is missing",
    ]
    with pytest.raises(NoDestinationError):
        get_destination(session)


def test_load_destination_says_where_a_file_breaks(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "broken.geojson"
    file.write_text('{\n "type": "FeatureCollection"\n "features": []\n}')
    result = run(app, "load-destination", file)
    assert result.exit_code == 1
    assert "  file: line 3, column 2: is not JSON: Expecting ',' delimiter" in result.output


def test_load_destination_refuses_a_scene_without_a_drawing(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    """A page that shows it would fail. Refused after the load, so the load is rolled back."""
    document = destination_document()
    document["features"][0]["properties"]["scene"] = "scene-moon.svg"
    result = run(app, "load-destination", written(tmp_path, document))
    assert result.exit_code == 1
    assert "lake: properties.scene: “scene-moon.svg” is not in static/img" in result.output
    assert all_places(session) == []


def test_load_destination_refuses_another_township(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    run(app, "load-destination", written(tmp_path, destination_document()))
    result = run(app, "load-destination", written(tmp_path, destination_document(slug="other")))
    assert result.exit_code == 1
    assert "This database holds “testing”" in result.output
    assert get_destination(session).slug == "testing"


def test_load_destination_refuses_a_missing_file(app: Flask, tmp_path: Path) -> None:
    assert run(app, "load-destination", tmp_path / "none.geojson").exit_code == 2


def test_scenes_of_the_file_we_ship_are_drawn() -> None:
    document = json.loads((DATA / "destination.geojson").read_text("utf-8"))
    scenes = {each["properties"].get("scene") for each in document["features"]} - {None}
    assert scenes
    assert all((STATIC / "img" / scene).is_file() for scene in scenes)


def test_export_destination_writes_what_loads_again(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    shipped, basemap = DATA / "destination.geojson", DATA / "basemap.geojson"
    run(app, "load-destination", shipped, "--basemap", basemap)
    file, base = tmp_path / "out.geojson", tmp_path / "base.geojson"
    result = run(app, "export-destination", file, "--basemap", base)
    assert result.exit_code == 0
    assert json.loads(base.read_text("utf-8")) == json.loads(basemap.read_text("utf-8"))
    again = run(app, "load-destination", file, "--basemap", base)
    assert again.output == "Places: 0 new, 0 changed, 51 unchanged, 0 retired.\n"


def test_export_destination_needs_one(app: Flask, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "out.geojson"
    assert run(app, "export-destination", file).exit_code == 1
    assert not file.exists()


def test_load_festivals_loads_the_file_we_ship(app: Flask, session: Session) -> None:
    run(app, "load-destination", DATA / "destination.geojson")
    result = run(app, "load-festivals", DATA / "festivals.json")
    assert (result.exit_code, result.output) == (
        0,
        "Crops and festivals: 11 new, 0 changed, 0 unchanged.\n",
    )
    assert slugs_of_festivals(session) == ["cherry-picking-festival", "blueberry-picking-festival"]


def slugs_of_festivals(session: Session) -> list[str]:
    return [festival.slug for festival in festivals(session)]


def test_load_festivals_needs_a_destination(app: Flask, session: Session) -> None:
    result = run(app, "load-festivals", DATA / "festivals.json")
    assert result.exit_code == 1
    assert "Load a destination first" in result.output


def test_load_festivals_lists_every_fault(app: Flask, session: Session, tmp_path: Path) -> None:
    run(app, "load-destination", written(tmp_path, destination_document()))
    document = calendar_document()
    document["crops"][0]["kind"] = "nut"
    document["festivals"][0]["venues"] = ["nowhere"]
    result = run(app, "load-festivals", written(tmp_path, document))
    assert result.exit_code == 1
    assert '  cherry: kind: is "nut", not one of fruit, bloom' in result.output
    assert "  cherry-festival: venues: names “nowhere”" in result.output
    assert festivals(session) == []
