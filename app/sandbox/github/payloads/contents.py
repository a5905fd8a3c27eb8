"""Trees, blobs and files at a commit."""

import base64

from app.sandbox.github.git import File, Files, walk_trees
from app.sandbox.github.payloads.site import Json, Site, node_id
from app.sandbox.github.world import Repository


def tell_tree(site: Site, repository: Repository, files: Files, *, is_recursive: bool) -> Json:
    """A tree, one level or all of them."""
    url = site.repository(repository)
    trees = dict(walk_trees(files))
    entries: list[Json] = [
        {"path": path, "mode": "040000", "type": "tree", "sha": sha, "url": f"{url}/git/trees/{sha}"}
        for path, sha in trees.items()
        if path
    ]
    entries += [
        {
            "path": path,
            "mode": file.mode,
            "type": "blob",
            "sha": file.sha,
            "size": len(file.content),
            "url": f"{url}/git/blobs/{file.sha}",
        }
        for path, file in files.items()
    ]
    shown = sorted((e for e in entries if is_recursive or "/" not in e["path"]), key=lambda e: str(e["path"]))
    return {"sha": trees[""], "url": f"{url}/git/trees/{trees['']}", "tree": shown, "truncated": False}


def tell_blob(site: Site, repository: Repository, file: File) -> Json:
    """A blob."""
    return {
        "sha": file.sha,
        "node_id": node_id("B", file.sha),
        "size": len(file.content),
        "url": f"{site.repository(repository)}/git/blobs/{file.sha}",
        "content": base64.encodebytes(file.content).decode(),
        "encoding": "base64",
    }


def tell_entry(site: Site, repository: Repository, ref: str, path: str, file: File | None, sha: str) -> Json:
    """A path as a folder lists it; no `file` means a folder."""
    url, page = site.repository(repository), site.page(repository)
    kind = "dir" if file is None else "symlink" if file.mode == "120000" else "file"
    own, git = f"{url}/contents/{path}?ref={ref}", f"{url}/git/{'blobs' if file else 'trees'}/{sha}"
    html = f"{page}/{'blob' if file else 'tree'}/{ref}/{path}"
    return {
        "type": kind,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": len(file.content) if file else 0,
        "url": own,
        "git_url": git,
        "html_url": html,
        "download_url": f"{page}/raw/{ref}/{path}" if file else None,
        "_links": {"self": own, "git": git, "html": html},
    }


def tell_content(site: Site, repository: Repository, ref: str, path: str, file: File) -> Json:
    """A file with its content; a symbolic link with its target instead."""
    told = tell_entry(site, repository, ref, path, file, file.sha)
    if file.mode == "120000":
        return {**told, "target": file.content.decode()}
    return {**told, "content": base64.encodebytes(file.content).decode(), "encoding": "base64"}
