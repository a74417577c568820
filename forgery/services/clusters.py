"""Which patient cluster a new image joins, across patients and pools.

A patient's images share a cluster, and so do near-duplicates, whatever patient or
pool they are filed under. New images that tie clusters together merge them; the
stricter role wins (OPT before practice, test, validation, cross-fitting, training).
A role that a frozen study or a trained model relies on never changes: images that
would force it to are left out, each with a sentence that names the clusters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import ManyToOneRel

from forgery.imaging import duplicates
from forgery.models import FundusImage, PatientCluster, Pool, Reservation
from forgery.services.intake import Taken
from forgery.services.sources import Problem, cells_of

Role = Reservation.Role
STRICTEST_FIRST = (
    Role.OPT,
    Role.PRACTICE,
    Role.TEST,
    Role.VALIDATION,
    Role.CROSSFIT,
    Role.DETECTOR_TRAIN,
    Role.MANIPULATOR_TRAIN,
)
Node = tuple[str, str | int]


@dataclass
class Assignment:
    """What came of sorting new images into clusters."""

    clusters: dict[str, PatientCluster] = field(default_factory=dict)
    """By source file."""
    groups: list[list[str]] = field(default_factory=list)
    """Near-duplicates within the pool: source files, the pool's earlier ones first."""
    problems: list[Problem] = field(default_factory=list)


class _Ties:
    """Union-find over patients, existing clusters and single files."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}

    def root(self, node: Node) -> Node:
        self._parent.setdefault(node, node)
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def tie(self, nodes: Iterable[Node]) -> None:
        first, *rest = [self.root(node) for node in nodes]
        for other in rest:
            self._parent[self.root(other)] = self.root(first)


def assign(pool: Pool, taken: Sequence[Taken]) -> Assignment:
    """Give every new image its cluster; merge what must be one; refuse the rest."""
    if not taken:
        return Assignment()
    result = Assignment()
    earlier = list(
        FundusImage.objects.order_by("id").values_list(
            "cluster_id", "pool_id", "source_file", "dhash", "thumbnail"
        )
    )
    groups = _near_duplicates(earlier, taken)
    ties = _Ties()
    for group in groups:
        ties.tie(_node(earlier, taken, index) for index in group)
    _tie_patients(pool, taken, ties)
    members = _members(taken, ties)
    existing = _existing(earlier, ties)
    for root, new in members.items():
        _settle(pool, new, sorted(existing.get(root, ())), result)
    names = [row[2] for row in earlier] + [one.entry.file for one in taken]
    in_pool = [row[1] == pool.pk for row in earlier] + [True] * len(taken)
    result.groups = [[names[i] for i in group if in_pool[i]] for group in groups]
    return result


Earlier = tuple[int, int, str, str, bytes | memoryview]


def _near_duplicates(
    earlier: Sequence[Earlier], taken: Sequence[Taken]
) -> list[list[int]]:
    hashes = [int(row[3], 16) for row in earlier] + [one.dhash for one in taken]
    side = duplicates.THUMBNAIL_SIDE
    blank = bytes(side * side)  # stands for a missing copy: it correlates with none
    copies = [bytes(row[4]) or blank for row in earlier] + [
        one.thumbnail for one in taken
    ]
    stacked = np.frombuffer(b"".join(copies), np.uint8).reshape(-1, side, side)
    return duplicates.near_duplicates(np.array(hashes, np.uint64), stacked)


def _own_node(one: Taken) -> Node:
    entry = one.entry
    return ("patient", entry.patient_id) if entry.patient_id else ("file", entry.file)


def _node(earlier: Sequence[Earlier], taken: Sequence[Taken], index: int) -> Node:
    if index < len(earlier):
        return ("cluster", earlier[index][0])
    return _own_node(taken[index - len(earlier)])


def _tie_patients(pool: Pool, taken: Sequence[Taken], ties: _Ties) -> None:
    """Tie a patient's new images to the cluster of the patient's earlier ones."""
    known = FundusImage.objects.filter(pool=pool).exclude(patient_id="")
    wanted = {one.entry.patient_id for one in taken}
    for patient, cluster in known.values_list("patient_id", "cluster_id"):
        if patient in wanted:
            ties.tie([("cluster", cluster), ("patient", patient)])


def _members(taken: Sequence[Taken], ties: _Ties) -> dict[Node, list[Taken]]:
    members: dict[Node, list[Taken]] = defaultdict(list)
    for one in taken:
        members[ties.root(_own_node(one))].append(one)
    return members


def _existing(earlier: Sequence[Earlier], ties: _Ties) -> dict[Node, set[int]]:
    existing: dict[Node, set[int]] = defaultdict(set)
    for key in {row[0] for row in earlier}:
        existing[ties.root(("cluster", key))].add(key)
    return existing


def _settle(
    pool: Pool, new: list[Taken], existing: list[int], result: Assignment
) -> None:
    """Put the new images of one component into its one cluster, or refuse them."""
    is_split = any(not one.entry.patient_id for one in new)
    clusters = list(
        PatientCluster.objects.filter(pk__in=existing)
        .select_related("reservation")
        .order_by("pk")
    )
    if not clusters:
        cluster = PatientCluster.objects.create(
            name=_name(pool, new[0]), is_split_by_image=is_split
        )
    elif len(clusters) == 1 or _may_merge(clusters):
        cluster = merge(clusters)
    else:
        result.problems += [_refusal(one, clusters) for one in new]
        return
    if is_split and not cluster.is_split_by_image:
        cluster.is_split_by_image = True
        cluster.save(update_fields=["is_split_by_image"])
    result.clusters.update({one.entry.file: cluster for one in new})


def _name(pool: Pool, one: Taken) -> str:
    name = f"{pool.name}/{one.entry.patient_id or one.content_hash[:16]}"[:110]
    taken = PatientCluster.objects.filter(name=name).exists()
    return f"{name}-{one.content_hash[:8]}" if taken else name


def _reservation(cluster: PatientCluster) -> Reservation | None:
    return getattr(cluster, "reservation", None)


def _may_merge(clusters: Sequence[PatientCluster]) -> bool:
    """Whether no pinned role would have to change."""
    reserved = [r for c in clusters if (r := _reservation(c)) is not None]
    roles = {(r.role, r.fold) for r in reserved}
    if len(roles) <= 1:
        return True
    winner = _strictest(reserved)
    changed = [r for r in reserved if (r.role, r.fold) != (winner.role, winner.fold)]
    return not any(r.is_pinned for r in changed)


def _strictest(reserved: Sequence[Reservation]) -> Reservation:
    return min(
        reserved, key=lambda r: (STRICTEST_FIRST.index(Role(r.role)), not r.is_pinned)
    )


def merge(clusters: Sequence[PatientCluster]) -> PatientCluster:
    """Make one cluster of several; the first keeps its name, the strictest its role."""
    survivor, *others = clusters
    reserved = [r for c in clusters if (r := _reservation(c)) is not None]
    if not others:
        return survivor
    if reserved:
        winner = _strictest(reserved)
        is_pinned = any(r.is_pinned for r in reserved)
        fields = {"role": winner.role, "fold": winner.fold, "lesion": winner.lesion}
        fields |= {"seed": winner.seed}
        Reservation.objects.filter(pk__in=[r.pk for r in reserved]).delete()
        Reservation.objects.create(cluster=survivor, is_pinned=is_pinned, **fields)
    for other in others:
        _repoint(other, survivor)
        PatientCluster.objects.filter(pk=other.pk).delete()
    return PatientCluster.objects.get(pk=survivor.pk)


def _repoint(old: PatientCluster, new: PatientCluster) -> None:
    """Let everything that named the old cluster name the new one."""
    for relation in PatientCluster._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ManyToOneRel):
            continue  # the rows of many-to-many tables are among those
        column = relation.field.name
        for row in relation.related_model._default_manager.filter(**{column: old}):
            setattr(row, column, new)
            try:
                with transaction.atomic():
                    row.save(update_fields=[column])
            except IntegrityError:  # the new one is named there already
                row.delete()


def _refusal(one: Taken, clusters: Sequence[PatientCluster]) -> Problem:
    shown = []
    for cluster in clusters:
        reservation = _reservation(cluster)
        shown.append(
            f"{cluster.name} (no role)" if reservation is None else str(reservation)
        )
    reason = (
        "left out: it ties together clusters whose roles are fixed and differ - "
        f"{'; '.join(shown)}."
    )
    entry = one.entry
    return Problem(
        entry.row, entry.file, reason[:500], "tied", reason[:300], cells_of(entry)
    )
