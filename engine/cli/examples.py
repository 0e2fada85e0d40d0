"""Examples for the help of each command; the tests read every one of them as a command line."""

from __future__ import annotations

from typing import Final

EXAMPLES: Final = {
    "": (
        "maskwright photos/                     open the window on a folder",
        "maskwright init cells photos/          make the project cells.maskwright",
        "maskwright predict cells.maskwright --model deeplabv3_mnv2_voc_257",
        "maskwright COMMAND --help              options and examples of a command",
    ),
    "init": (
        "maskwright init cells.maskwright photos/",
        "maskwright init cells.maskwright photos/*.png --classes nucleus,tissue:stuff",
    ),
    "import": (
        "maskwright import cells.maskwright instances.json --dry-run",
        "maskwright import cells.maskwright instances.json --images photos/",
        "maskwright import cells.maskwright masks/ --format png \\",
        "    --map 0=background,128=cytoplasm,255=nucleus",
    ),
    "predict": (
        "maskwright predict cells.maskwright --model deeplabv3_mnv2_voc_257",
        "maskwright predict cells.maskwright --model unet.onnx --images '*_07.png' \\",
        "    --accept --threshold 0.8 --device cpu",
    ),
    "export": (
        "maskwright export cells.maskwright instances.json --only-done",
        "maskwright export cells.maskwright masks/ --format png --images 'a*.jpg'",
        "maskwright export cells.maskwright yolo/ --format yolo-seg --splits --images-out link",
    ),
    "check": (
        "maskwright check cells.maskwright",
        "maskwright check cells.maskwright --repair",
    ),
    "lint": (
        "maskwright lint cells.maskwright",
        "maskwright lint cells.maskwright --only duplicate,overlap --json",
        "maskwright lint cells.maskwright --fix hole,island --hole 9 --island 30",
    ),
    "backup": (
        "maskwright backup cells.maskwright",
        "maskwright backup cells.maskwright --list",
        "maskwright backup cells.maskwright --restore 2026-11-20",
    ),
    "folds": (
        "maskwright folds cells.maskwright",
        "maskwright folds cells.maskwright --val 20% --test 20% --by folder",
        "maskwright folds cells.maskwright --by group --pattern '(patient_[0-9]+)'",
    ),
    "verify": (
        "maskwright verify instances.json",
        "maskwright verify instances.json --project cells.maskwright --deep",
    ),
    "train": (
        "maskwright train cells.maskwright --minutes 5",
        "maskwright train cells.maskwright --set epochs=20 --set lr=0.0005 --accept never",
        "maskwright train cells.maskwright --set start=unet_small --recipe recipe.json",
    ),
    "evaluate": (
        "maskwright evaluate cells.maskwright --model deeplabv3_mnv2_voc_257",
        "maskwright evaluate cells.maskwright --model unet --part test --csv test.csv",
        "maskwright evaluate cells.maskwright --predictions results.json --worst 10",
    ),
    "images": (
        "maskwright images cells.maskwright check",
        "maskwright images cells.maskwright relink --folder /data/cells --dry-run",
        "maskwright images cells.maskwright keep --images '*_07.png'",
    ),
    "versions": (
        "maskwright versions cells.maskwright",
        "maskwright versions cells.maskwright changed-since 3",
        "maskwright versions cells.maskwright diff 2 3 --json",
    ),
    "split": (
        "maskwright split cells.maskwright --parts 30 --overlap 5%",
        "maskwright split cells.maskwright --parts 4 --by folder --out parts/ --copy-images",
    ),
    "merge": (
        "maskwright merge cells.maskwright cells-parts/*.maskwright",
        "maskwright merge cells.maskwright back/cells-part07.maskwright --prefer theirs",
        "maskwright merge cells.maskwright --list 500",
        "maskwright merge cells.maskwright --all-back",
    ),
    "agreement": (
        "maskwright agreement cells.maskwright cells-parts/*.maskwright",
        "maskwright agreement cells.maskwright second_look.maskwright --worst 20 --json",
    ),
    "classes": (
        "maskwright classes cells.maskwright",
        "maskwright classes cells.maskwright guideline nucleus 'Up to the outer membrane.'",
        "maskwright classes cells.maskwright lock --by Ana",
        "maskwright classes cells.maskwright export classes.json",
    ),
    "doctor": ("maskwright doctor", "maskwright doctor --json"),
    "models": (
        "maskwright models list",
        "maskwright models inspect unet.onnx --photo street.jpg",
    ),
    "models list": ("maskwright models list --project cells.maskwright",),
    "models inspect": ("maskwright models inspect unet.onnx --photo street.jpg",),
    "models add": (
        "maskwright models add unet.onnx --name 'My U-Net' --photo street.jpg",
        "maskwright models add unet.onnx --set classes=background,cell --set input.range=unit",
    ),
    "models remove": ("maskwright models remove my-u-net",),
}
"""Command → lines; a line that ends with a backslash goes on in the next."""


def epilog(command: str) -> str:
    """The examples as the end of a help text, their lines kept."""
    lines = EXAMPLES[command]
    head = "Example:" if len(lines) == 1 else "Examples:"
    return "\n".join(("\b", head, *(f"  {line}" for line in lines)))
