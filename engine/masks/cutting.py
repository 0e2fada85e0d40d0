"""Cutting a mask along a line, exactly: its pieces together are what it was.

Only as much of the mask is looked at as it takes to tell the pieces apart: from both banks of the
line the search spreads tile by tile, the smaller side first, and ends when all sides but one are
known whole.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.masks.mask import Mask
from engine.masks.parts import EIGHT, Labelled, edge, label
from engine.masks.spans import Ints, Spans, to_mask
from engine.masks.tiles import FULL, SIDE, Key, Piece, Tiles, add, settled

Point = tuple[float, float]

_FARTHEST = 1 << 22  # pixels; as for shapes
_AROUND = ((0, -1), (-1, 0), (1, 0), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1))  # sides first
_SIDES = {
    (0, 1): ("right", "left"),
    (0, -1): ("left", "right"),
    (1, 0): ("bottom", "top"),
    (-1, 0): ("top", "bottom"),
}
_CORNERS = {  # (row, column) of the other tile: our corner pixel, and the one it touches there
    (1, 1): ((-1, -1), (0, 0)),
    (1, -1): ((-1, 0), (0, -1)),
    (-1, 1): ((0, -1), (-1, 0)),
    (-1, -1): ((0, 0), (-1, -1)),
}


def thread(points: Sequence[Point], size: tuple[int, int]) -> Mask:
    """The pixels of a line one pixel wide in which each shares a side with the next.

    No step between pixels leads across such a line, not even over a corner, so it parts whatever
    it runs through from edge to edge.

    Args:
        points: (x, y) in image pixels, one or more; joined by straight lines.
        size: (height, width) of the image; what falls outside is cut off.

    Raises:
        ValueError: a coordinate is too large or not a number.
    """
    places = np.asarray(points, np.float64).reshape(-1, 2)
    if not np.all(np.abs(places) <= _FARTHEST):
        raise ValueError("the points of a line are numbers within the image's reach")
    corners = np.floor(places).astype(np.int64)
    start, way = corners[:-1], np.diff(corners, axis=0)
    steps = np.abs(way).sum(1)
    which = np.repeat(np.arange(len(start)), steps)
    nth = np.arange(which.size) - (np.cumsum(steps) - steps)[which]
    # of every n steps |dx| go across and the others down, spread evenly
    across = (nth * np.abs(way[which, 0]) + steps[which] // 2) // np.maximum(steps[which], 1)
    walked = np.stack([across, nth - across], axis=1) * np.sign(way[which])
    return of_pixels(np.concatenate([start[which] + walked, corners[-1:]]), size)


def of_pixels(places: Ints, size: tuple[int, int]) -> Mask:
    """The mask of single pixels, (n, 2) of (x, y), in any order; those outside are left out."""
    inside = np.all((places >= 0) & (places < (size[1], size[0])), axis=1)
    order = np.unique(places[inside, 1] * size[1] + places[inside, 0])
    rows, columns = order // size[1], order % size[1]
    fresh = np.diff(order, prepend=-2) != 1
    fresh |= columns == 0
    begins = np.flatnonzero(fresh)
    lengths = np.diff(np.append(begins, order.size))
    return to_mask(Spans(rows[begins], columns[begins], columns[begins] + lengths))


def split(mask: Mask, line: Mask, *, keep_line: bool = True) -> list[Mask]:
    """The pieces that come off a mask when it is cut along a line, largest first.

    Of each connected part of the mask that the line divides, the largest piece stays with the
    mask and the others come off. Taken together, ``mask - pieces`` and the pieces are the mask.

    Args:
        mask: what is cut.
        line: 4-connected, as ``thread`` makes it, or wider.
        keep_line: its pixels go to the largest piece they touch; else they are in no piece.

    Returns:
        Disjoint masks; none where the line divides nothing.
    """
    cut = mask & line
    if not cut:
        return []
    banks = _Banks(_Graph(mask - cut), cut)
    pieces = banks.come_off()
    if not pieces:
        return []
    tiles: list[Tiles] = [banks.graph.tiles_of(search.nodes) for search in pieces]
    if keep_line:
        for taken, piece in zip(banks.shares(pieces), tiles, strict=True):
            for piece_of_line in taken.pieces:
                add(piece, piece_of_line)
    return sorted((Mask.from_tiles(each) for each in tiles), key=lambda each: -each.area)


_Node = int
"""A connected part of one tile: row, column and number of the part in one integer, for speed."""

_PART, _COLUMN = 20, 42  # bits below the column, below the row


def _node(key: Key, part: int) -> _Node:
    return key[0] << _COLUMN | key[1] << _PART | part


def _key(node: _Node) -> Key:
    return node >> _COLUMN, node >> _PART & (1 << _COLUMN - _PART) - 1


def _part(node: _Node) -> int:
    return node & (1 << _PART) - 1


class _Graph:
    """The parts of a mask's tiles, labelled when first asked for, and which touch which."""

    def __init__(self, mask: Mask) -> None:
        self._tiles = mask.tiles()
        self._known: dict[Key, Labelled] = {}

    def labelled(self, key: Key) -> Labelled | None:
        """The parts of a tile; None where the mask has none."""
        found = self._known.get(key)
        if found is None and key in self._tiles:
            piece = Piece(key[1] * SIDE, key[0] * SIDE, self._tiles[key])
            found = self._known[key] = label(piece, EIGHT)
        return found

    def area(self, node: _Node) -> int:
        """Pixels of a part."""
        return self._known[_key(node)].areas[_part(node) - 1]

    def nodes_at(self, places: Ints) -> Ints:
        """The part that holds each pixel, (n, 2) of (x, y); 0 where none does."""
        rows, columns = places[:, 1] // SIDE, places[:, 0] // SIDE
        tiles = rows << _COLUMN | columns << _PART
        order = np.argsort(tiles, kind="stable")
        begins = np.flatnonzero(np.diff(tiles[order], prepend=-1))
        out = np.zeros(len(places), np.int64)
        for here in np.split(order, begins[1:]):
            first = here[0]
            labelled = self.labelled((int(rows[first]), int(columns[first])))
            if labelled is not None:
                cells = labelled.piece.bits if labelled.labels is None else labelled.labels
                parts = cells[places[here, 1] % SIDE, places[here, 0] % SIDE].astype(np.int64)
                out[here] = np.where(parts > 0, tiles[here] | parts, 0)
        return out

    def beside(self, node: _Node) -> Iterable[_Node]:
        """The parts of other tiles that touch this one."""
        (row, column), part = _key(node), _part(node)
        labelled = self._known[row, column]
        for (down, right), (side, facing) in _SIDES.items():
            key = row + down, column + right
            other = self.labelled(key)
            if other is None:
                continue
            if labelled.piece.bits is FULL and other.piece.bits is FULL:
                yield _node(key, 1)
                continue
            mine = edge(labelled, side) == part
            reach = mine.copy()
            reach[1:] |= mine[:-1]
            reach[:-1] |= mine[1:]
            for number in set(edge(other, facing)[reach].tolist()) - {0}:
                yield _node(key, number)
        for (down, right), (at, there) in _CORNERS.items():
            key = row + down, column + right
            other = self.labelled(key)
            if other is not None and _at(labelled, at) == part and _at(other, there):
                yield _node(key, _at(other, there))

    def tiles_of(self, nodes: Iterable[_Node]) -> Tiles:
        """The pixels of these parts, canonical."""
        tiles: Tiles = {}
        for node in nodes:
            add(tiles, self._known[_key(node)].bits(_part(node)))
        return settled(tiles)


def _at(labelled: Labelled, at: tuple[int, int]) -> int:
    cells = labelled.piece.bits if labelled.labels is None else labelled.labels
    return int(cells[at])


class _Search:
    """One bank of the line, as far as it is known."""

    def __init__(self, seed: _Node, area: int, group: int) -> None:
        self.nodes, self.frontier, self.area, self.group = {seed}, [seed], area, group


class _Banks:
    """The searches from all places where the line touches the rest of the mask."""

    def __init__(self, graph: _Graph, cut: Mask) -> None:
        self.graph, self._cut = graph, cut
        self._places = _places(cut)
        around = self._places[:, None, :] + np.array(_AROUND)
        self._beside = graph.nodes_at(around.reshape(-1, 2)).reshape(-1, len(_AROUND))
        self._owner: dict[_Node, _Search] = {}
        self._begin()

    def _begin(self) -> None:
        """A search for each part that touches the line, grouped by the line's own parts."""
        groups = _connected(self._cut, self._places)
        for number in np.unique(groups).tolist():
            group = number
            for node in np.unique(self._beside[groups == number]).tolist():
                known = self._owner.get(node)
                if node and known is None:
                    self._owner[node] = _Search(node, self.graph.area(node), group)
                elif known is not None and known.group != group:
                    self._regroup(group, known.group)
                    group = known.group

    @property
    def _searches(self) -> list[_Search]:
        return list({id(search): search for search in self._owner.values()}.values())

    def _regroup(self, old: int, new: int) -> None:
        for search in self._searches:
            if search.group == old:
                search.group = new

    def come_off(self) -> list[_Search]:
        """The pieces other than the largest of what each part of the line divides."""
        for group in sorted({search.group for search in self._searches}):
            self._tell_apart(group)
        out: list[_Search] = []
        for group in sorted({search.group for search in self._searches}):
            mine = sorted(self._of(group), key=lambda search: -search.area)
            out += mine[1:]
        return sorted(out, key=lambda search: -search.area)

    def _of(self, group: int) -> list[_Search]:
        return [search for search in self._searches if search.group == group]

    def _tell_apart(self, group: int) -> None:
        """Spread until all banks of a group but the largest are known whole."""
        banks = self._of(group)
        while len(banks) > 1:
            open_ends = [search for search in banks if search.frontier]
            largest = max(search.area for search in banks)
            behind = [search for search in open_ends if search.area < largest]
            if not open_ends or (len(open_ends) == 1 and not behind):
                return
            if self._spread(min(open_ends, key=lambda search: search.area)):
                banks = self._of(group)

    def _spread(self, search: _Search) -> bool:
        """Take in what touches one part; True where banks met and became one."""
        met = False
        for node in self.graph.beside(search.frontier.pop()):
            other = self._owner.get(node)
            if other is None:
                self._owner[node] = search
                search.nodes.add(node)
                search.frontier.append(node)
                search.area += self.graph.area(node)
            elif other is not search:
                self._meet(search, other)
                met = True
        return met

    def _meet(self, search: _Search, other: _Search) -> None:
        if other.group != search.group:
            self._regroup(other.group, search.group)
        for node in other.nodes:
            self._owner[node] = search
        search.nodes |= other.nodes
        search.frontier += other.frontier
        search.area += other.area

    def shares(self, pieces: list[_Search]) -> list[Mask]:
        """The line's pixels that go to each piece; the others stay with the mask."""
        rank = {id(search): n + 1 for n, search in enumerate(pieces)}  # 0 stays
        found, inverse = np.unique(self._beside, return_inverse=True)
        none = len(pieces) + 1
        ranks = [rank.get(id(self._owner[node]), 0) if node else none for node in found.tolist()]
        beside = np.array(ranks, np.int64)[inverse.reshape(self._beside.shape)]
        mine = beside[:, :4].min(1)
        mine = np.where(mine == none, beside.min(1), mine)
        mine = _inherited(mine, _neighbours(self._places), none)
        size = int(self._places[:, 1].max()) + 1, int(self._places[:, 0].max()) + 1
        return [of_pixels(self._places[mine == n + 1], size) for n in range(len(pieces))]


def _places(mask: Mask) -> Ints:
    """(n, 2) of (x, y) of each pixel, row by row."""
    found = [np.zeros((0, 2), np.int64)]
    for left, top, bits in mask.pieces:
        rows, columns = np.nonzero(bits)
        found.append(np.stack([columns + left, rows + top], axis=1))
    places = np.concatenate(found)
    return np.asarray(places[np.argsort(places[:, 1] << 32 | places[:, 0])])


def _connected(cut: Mask, places: Ints) -> Ints:
    """A number for each pixel of the line, the same for pixels that hang together."""
    graph = _Graph(cut)
    found, inverse = np.unique(graph.nodes_at(places), return_inverse=True)
    nodes = found.tolist()
    number: dict[_Node, int] = {}
    for n, node in enumerate(nodes):
        waiting = [] if node in number else [node]
        number.setdefault(node, n)
        while waiting:
            for other in graph.beside(waiting.pop()):
                if other not in number:
                    number[other] = n
                    waiting.append(other)
    return np.array([number[node] for node in nodes], np.int64)[inverse.ravel()]


def _neighbours(places: Ints) -> Ints:
    """(n, 8): places of the pixels around each, in the same list; -1 where there is none."""
    wide = int(places[:, 0].max()) + 3
    codes = (places[:, 1] + 1) * wide + places[:, 0] + 1
    wanted = codes[:, None] + np.array([y * wide + x for x, y in _AROUND])
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return np.asarray(np.where(codes[at] == wanted, at, -1))


def _inherited(mine: NDArray[np.int64], around: Ints, none: int) -> NDArray[np.int64]:
    """Pixels in the thick of a line go where the ones beside them go."""
    while True:
        open_ones = np.flatnonzero(mine == none)
        if not open_ones.size:
            return mine
        near = around[open_ones]
        found = np.where(near >= 0, mine[near], none).min(1)
        if np.all(found == none):
            return np.where(mine == none, 0, mine)
        mine = mine.copy()
        mine[open_ones] = found
