"""One picture of all labeled scans, with their boxes drawn over them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gtctl.errors import BadInput
from gtctl.files import atomic_write

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont
    from PIL.ImageFont import ImageFont as BitmapFont

# Okabe and Ito, "Color Universal Design" (2008), without black, which scans are full of: told apart by everybody.
_COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#CC79A7", "#D55E00", "#0072B2")
_BACKGROUND = "#16181D"
_TEXT = "#F2F2F2"
_FAINT = "#9AA0A6"
_TILE = 256
_GAP = 10
_MARGIN = 24
_LEGEND_ROW = 30
_LINE = 2


def write_contact_sheet(images: Path, coco: Path, output: Path, columns: int = 6, caption: str = "") -> None:
    """Write a PNG with every image of a COCO file, scaled to the same size, its boxes and a legend of the labels.

    Image files are looked for in the folder ``images`` by the last part of their ``file_name``. ``caption`` stands
    below the title. Raises BadInput where the COCO file or an image is missing.
    """
    from PIL import Image, ImageDraw

    labels = _load(coco)
    boxes_of: dict[int, list[Any]] = {image["id"]: [] for image in labels["images"]}
    for box in labels["annotations"]:
        boxes_of[box["image_id"]].append(box)
    colours = {category["id"]: _COLOURS[number % len(_COLOURS)] for number, category in enumerate(labels["categories"])}

    columns = max(1, min(columns, len(labels["images"])))
    rows = -(-len(labels["images"]) // columns)
    header = _header_height(labels, caption)
    width = max(2 * _MARGIN + columns * (_TILE + _GAP) - _GAP, 640)
    sheet = Image.new("RGB", (width, header + rows * (_TILE + _GAP) - _GAP + _MARGIN), _BACKGROUND)
    _draw_header(ImageDraw.Draw(sheet), labels, colours, caption)
    for number, image in enumerate(labels["images"]):
        tile = _tile(images / Path(image["file_name"]).name, boxes_of[image["id"]], colours)
        row, column = divmod(number, columns)
        sheet.paste(tile, (_MARGIN + column * (_TILE + _GAP), header + row * (_TILE + _GAP)))
    with atomic_write(output, "wb") as stream:
        sheet.save(stream, "PNG")


def _load(coco: Path) -> dict[str, Any]:
    try:
        labels: dict[str, Any] = json.loads(coco.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(f"{coco} is no COCO file: gtctl labels export --format coco writes one") from error
    if not labels.get("images"):
        raise BadInput(f"{coco} holds no image: nothing to draw")
    return labels


def _tile(path: Path, boxes: list[Any], colours: dict[int, str]) -> Image:
    """One scan, fitted into a square, with its boxes; small scans are scaled up so that lines stay thin."""
    from PIL import Image, ImageDraw

    if not path.is_file():
        raise BadInput(f"there is no image {path}")
    with Image.open(path) as opened:
        scan = opened.convert("RGB")
    scale = _TILE / max(scan.size)
    scan = scan.resize((round(scan.width * scale), round(scan.height * scale)), Image.Resampling.LANCZOS)
    tile = Image.new("RGB", (_TILE, _TILE))
    left, top = (_TILE - scan.width) // 2, (_TILE - scan.height) // 2
    tile.paste(scan, (left, top))
    draw = ImageDraw.Draw(tile)
    # The large boxes first: a small one that lies in a large one is seen whole.
    for box in sorted(boxes, key=lambda each: -each["area"]):
        x, y, box_width, box_height = (value * scale for value in box["bbox"])
        corners = (left + x, top + y, left + x + box_width, top + y + box_height)
        _outline(draw, corners, colours[box["category_id"]])
    return tile


def _outline(draw: ImageDraw, corners: tuple[float, float, float, float], colour: str) -> None:
    """A coloured line between two thin black ones, to be seen on white bone and on black air."""
    x0, y0, x1, y1 = (round(value) for value in corners)
    for outset, line in ((_LINE, "black"), (-_LINE, "black")):
        if x1 - x0 + 2 * outset > 0 and y1 - y0 + 2 * outset > 0:
            draw.rectangle((x0 - outset, y0 - outset, x1 + outset, y1 + outset), outline=line)
    draw.rectangle((x0 - _LINE + 1, y0 - _LINE + 1, x1 + _LINE - 1, y1 + _LINE - 1), outline=colour, width=_LINE + 1)


def _header_height(labels: dict[str, Any], caption: str) -> int:
    return _MARGIN + 40 + 26 * bool(caption) + _LEGEND_ROW * max(1, len(labels["categories"])) + _GAP


def _draw_header(draw: ImageDraw, labels: dict[str, Any], colours: dict[int, str], caption: str) -> None:
    count = Counter(box["category_id"] for box in labels["annotations"])
    y = _MARGIN
    title = f"{len(labels['images'])} images, {len(labels['annotations'])} boxes"
    draw.text((_MARGIN, y), title, fill=_TEXT, font=_font(26))
    y += 40
    if caption:
        draw.text((_MARGIN, y), caption, fill=_FAINT, font=_font(16))
        y += 26
    for category in labels["categories"]:
        draw.rectangle((_MARGIN, y + 3, _MARGIN + 28, y + 21), outline=colours[category["id"]], width=3)
        text = f"{category['name']}  ({count[category['id']]})"
        draw.text((_MARGIN + 40, y + 2), text, fill=_TEXT, font=_font(17))
        y += _LEGEND_ROW


def _font(size: int) -> FreeTypeFont | BitmapFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
