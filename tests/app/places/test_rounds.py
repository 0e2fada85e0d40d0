from app.places.rounds import sections


def listed(scene):
    found = sections(scene.catalog.entries(), scene.jobs.jobs(), scene.session.model.id)
    return {each.title: each.rows for each in found}


def test_models_stand_under_what_they_are(scene, done):
    scene.add_model("voc", "DeepLab VOC", ["person"], origin="builtin")
    facts = {"parent": "voc", "images": 142, "miou": 0.62, "better": True}
    scene.add_model("v6", "v6", ["cat"], {**facts, "created": 600.0}, "project")
    scene.add_model("v7", "v7", ["cat"], {**facts, "miou": 0.63, "created": 700.0}, "project")
    worse = {**facts, "better": False, "miou": 0.58, "created": 400.0}
    scene.add_model("v4", "v4", ["cat"], worse, "project")
    scene.use("v7")
    scene.job(scene.train_spec([1, 2], [3], "v8"), scene.learning_events(), running=True)
    scene.open()
    rows = listed(scene)
    assert [row.title for row in rows["In use"]] == ["v7"]
    assert [row.title for row in rows["Learning now"]] == ["v8"]
    assert [row.title for row in rows["Earlier"]] == ["v6", "v4"]
    assert [row.title for row in rows["Starting points"]] == ["DeepLab VOC"]
    learning = rows["Learning now"][0]
    assert learning.miou == max(v for _, v in scene.jobs.jobs()[0].metrics["miou"])
    assert 0 < learning.fraction < 1
    assert rows["Earlier"][1].kind == "not_taken"
    assert rows["Earlier"][1].detail.startswith("not taken")
    assert [row.usable for row in (*rows["In use"], learning, *rows["Earlier"])] == [
        False,
        False,
        True,
        True,
    ]


def test_a_round_that_was_stopped_stays_in_sight_until_another_ends(scene, done):
    scene.job(scene.train_spec([1], [2], "v8"), done=done(outcome="cancelled"), age=50)
    scene.open()
    assert listed(scene)["Stopped"][0].detail.endswith("you stopped it")
    scene.job(scene.train_spec([1], [2], "v9"), done=done({"model_id": "v9"}), age=10)
    scene.session.set_project(None)
    scene.open()
    assert "Stopped" not in listed(scene)


def test_the_failure_is_said(scene, done):
    sentence = "Learning stopped at epoch 5: the loss is no longer a number."
    scene.job(scene.train_spec([1], [2]), done=done(outcome="failed", error=sentence))
    scene.open()
    assert sentence in listed(scene)["Stopped"][0].detail


def test_nothing_gives_no_section(scene):
    scene.open()
    assert sections([], [], "") == []
