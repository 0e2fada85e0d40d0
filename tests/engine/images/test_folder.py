from engine.images.folder import images_in


def test_images_below_a_folder_without_what_is_hidden_or_a_projects_own(tmp_path):
    names = (
        "b.PNG",
        "a.jpg",
        "notes.txt",
        "png",
        ".hidden.png",
        "sub/c.tif",
        ".git/d.png",
        "p.files/jobs/1/labels/e.png",
        "two.words/f.webp",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [each.relative_to(tmp_path).as_posix() for each in images_in(tmp_path)]
    assert found == ["a.jpg", "b.PNG", "sub/c.tif", "two.words/f.webp"]
