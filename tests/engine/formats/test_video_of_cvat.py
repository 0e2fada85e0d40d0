"""Tracks of CVAT for video: each shape on the frame of its own task."""

from PIL import Image

from engine.formats import registry
from engine.formats.format import ReadOptions

WIDTH, HEIGHT = 40, 30


def track(label, *frames, **fields):
    told = "".join(f' {key}="{value}"' for key, value in fields.items())
    shapes = "".join(
        f'<polygon frame="{frame}" outside="{int(frame < 0)}" points="1,1;9,1;9,9"/>'
        for frame in frames
    )
    return f'<track label="{label}"{told}>{shapes}</track>'


def task(name, subset, last, *, size=(WIDTH, HEIGHT), step="", first=0):
    width, height = size
    return (
        f"<task><id>{name}</id><subset>{subset}</subset><start_frame>{first}</start_frame>"
        f"<stop_frame>{last}</stop_frame><frame_filter>{step}</frame_filter>"
        f"<original_size><width>{width}</width><height>{height}</height></original_size></task>"
    )


def read(folder, tasks, *tracks, names=()):
    for name, size in dict(names).items():
        path = folder / f"images/{name}.PNG"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size).save(path)
    meta = f"<meta><project><tasks>{''.join(tasks)}</tasks></project></meta>" if tasks else ""
    text = f"<annotations>{meta}{''.join(tracks)}</annotations>"
    (folder / "annotations.xml").write_text(text)
    reading = registry.get("cvat").read(folder / "annotations.xml", ReadOptions())
    images = list(reading.images())
    classes = {each.key: each.name for each in reading.classes}
    found = {
        each.file_name: (each.present, [classes[one.class_key] for one in each.objects])
        for each in images
    }
    return found, reading.report


def test_frames_of_a_project_are_told_apart_by_task(tmp_path):
    plain, wide = (WIDTH, HEIGHT), (WIDTH * 2, HEIGHT)
    there = {
        "Train/frame_000000": plain,
        "Train/frame_000000_1": wide,
        "Train/frame_000002": plain,
        "Train/frame_000003_1": wide,
        "Test/frame_000000": plain,
    }
    found, report = read(
        tmp_path,
        [task(1, "Train", 3), task(2, "Train", 9, size=wide, step="step=3"), task(3, "Test", 0)],
        track("cat", 0, 2, task_id=1, subset="Train"),
        track("dog", 0, 3, task_id=2, subset="Train"),
        track("bird", 0, task_id=3, subset="Test"),
        names=there,
    )
    assert found == {
        "Train/frame_000000.PNG": (True, ["cat"]),
        "Train/frame_000000_1.PNG": (True, ["dog"]),
        "Train/frame_000002.PNG": (True, ["cat"]),
        "Train/frame_000003_1.PNG": (True, ["dog"]),
        "Test/frame_000000.PNG": (True, ["bird"]),
    }
    assert report.remarks() == []


def test_a_frame_that_the_earlier_task_does_not_have_keeps_its_plain_name(tmp_path):
    found, _ = read(
        tmp_path,
        [task(1, "a", 8, step="step=4", first=4), task(2, "a", 9)],
        track("dog", 0, 4, 5, 8, task_id=2, subset="a"),
        names={
            f"a/{each}": (WIDTH, HEIGHT)
            for each in ("frame_000000", "frame_000004_1", "frame_000005", "frame_000008_1")
        },
    )
    assert all(present for present, _ in found.values())
    assert len(found) == 4


def test_without_a_list_of_tasks_no_two_share_a_frame(tmp_path):
    found, report = read(
        tmp_path,
        [],
        track("cat", 0, task_id=1),
        track("dog", 0, task_id=2),
        track("cat", 0, task_id=1),
        names={"frame_000000": (WIDTH, HEIGHT)},
    )
    assert found == {"frame_000000.PNG": (True, ["cat", "cat"])}
    assert report.counts == {"no size": 1}
