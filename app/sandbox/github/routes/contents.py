"""Commits, branches, refs, trees, blobs, files, comparisons and tarballs."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from app.sandbox.github.git import Files, below, walk_trees
from app.sandbox.github.payloads.commits import (
    tell_branch,
    tell_comparison,
    tell_full_commit,
    tell_ref,
    tell_short_branch,
)
from app.sandbox.github.payloads.contents import tell_blob, tell_content, tell_entry, tell_tree
from app.sandbox.github.payloads.site import Json
from app.sandbox.github.routes.call import REPOSITORY, Call, Refusal, Route, not_found


def list_branches(call: Call) -> Any:
    """Every branch, by name."""
    repository = call.repository
    return call.paged(sorted(repository.branches), lambda name: tell_short_branch(call.site, repository, name))


def get_branch(call: Call) -> Any:
    """One branch."""
    branch = call.parts["branch"]
    if branch not in call.repository.branches:
        raise Refusal(404, "Branch not found")
    return tell_branch(call.site, call.world, call.repository, branch)


def get_ref(call: Call) -> Any:
    """One branch, as git names it."""
    repository, branch = call.repository, call.parts["branch"]
    call.one(repository.branches, branch)
    return tell_ref(call.site, repository, branch)


def list_refs(call: Call) -> Any:
    """The branches whose name starts so."""
    repository, start = call.repository, call.parts["start"]
    names = sorted(branch for branch in repository.branches if branch.startswith(start))
    return call.paged(names, lambda name: tell_ref(call.site, repository, name))


def get_commit(call: Call) -> Any:
    """One commit, with what it changed."""
    return tell_full_commit(call.site, call.world, call.repository, call.commit(call.parts["ref"]))


def get_content(call: Call) -> Any:
    """A file with its content, or a folder's entries."""
    repository, path = call.repository, call.parts.get("path", "").strip("/")
    ref = call.query.get("ref") or repository.default_branch
    commit = repository.find_commit(ref)
    if commit is None:
        raise Refusal(404, f"No commit found for the ref {ref}")
    file = commit.files.get(path)
    if file and "vnd.github" in call.accept and "raw" in call.accept:
        return Response(file.content, media_type="application/vnd.github.raw; charset=utf-8")
    return tell_content(call.site, repository, ref, path, file) if file else _list(call, commit.files, path, ref)


def get_tree(call: Call) -> Any:
    """A tree, by its own name, a commit's or a branch's."""
    repository, ref = call.repository, call.parts["ref"]
    commit = repository.find_commit(ref)
    files = commit.files if commit else repository.objects.tree(ref)
    if files is None:
        raise not_found()
    return tell_tree(call.site, repository, files, is_recursive="recursive" in call.query)


def get_blob(call: Call) -> Any:
    """A blob."""
    file = call.repository.objects.blob(call.parts["sha"])
    if file is None:
        raise not_found()
    return tell_blob(call.site, call.repository, file)


def compare(call: Call) -> Any:
    """What lies between two refs; `owner:branch` names a fork's."""
    base, separator, head = call.parts["basehead"].partition("...")
    commits = [call.repository.find_commit(ref) or _find_in_fork(call, ref) for ref in (base, head)]
    if not separator or commits[0] is None or commits[1] is None:
        raise not_found()
    return tell_comparison(call.site, call.world, call.repository, commits[0], commits[1])


def get_tarball(call: Call) -> Any:
    """Where the tarball of a ref is; no ref means the default branch."""
    repository = call.repository
    commit = repository.find_commit(call.parts.get("ref") or repository.default_branch)
    if commit is None:
        raise not_found()
    return RedirectResponse(f"{call.site.api}/_codeload/{repository.full_name}/legacy.tar.gz/{commit.sha}", 302)


def _list(call: Call, files: Files, path: str, ref: str) -> list[Json]:
    inside = below(files, path)
    if not inside:
        raise not_found()
    prefix = f"{path}/" if path else ""
    trees = {folder: sha for folder, sha in walk_trees(inside) if folder and "/" not in folder}
    entries = {name: (file, file.sha) for name, file in inside.items() if "/" not in name}
    shown = sorted({**entries, **{name: (None, sha) for name, sha in trees.items()}}.items())
    return [tell_entry(call.site, call.repository, ref, prefix + name, file, sha) for name, (file, sha) in shown]


def _find_in_fork(call: Call, ref: str) -> Any:
    owner, _, branch = ref.partition(":")
    fork = call.world.repositories.get(f"{owner}/{call.repository.name}")
    return fork.find_commit(branch) if fork and fork.objects is call.repository.objects else None


ROUTES: tuple[Route, ...] = (
    ("GET", REPOSITORY + "/branches", list_branches),
    ("GET", REPOSITORY + "/branches/{branch:path}", get_branch),
    ("GET", REPOSITORY + "/git/ref/heads/{branch:path}", get_ref),
    ("GET", REPOSITORY + "/git/matching-refs/heads/{start:path}", list_refs),
    ("GET", REPOSITORY + "/git/trees/{ref:path}", get_tree),
    ("GET", REPOSITORY + "/git/blobs/{sha}", get_blob),
    ("GET", REPOSITORY + "/commits/{ref:path}", get_commit),
    ("GET", REPOSITORY + "/contents", get_content),
    ("GET", REPOSITORY + "/contents/{path:path}", get_content),
    ("GET", REPOSITORY + "/compare/{basehead:path}", compare),
    ("GET", REPOSITORY + "/tarball", get_tarball),
    ("GET", REPOSITORY + "/tarball/{ref:path}", get_tarball),
)
