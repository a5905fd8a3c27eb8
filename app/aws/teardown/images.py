"""Images of a repository in ECR, without which CloudFormation deletes it."""

from typing import Any

from app.aws.client import speaking
from app.aws.permissions import permits

SERVICE = "ECR"
MOST_PAGES = 20


@permits("ecr:ListImages", "ecr:BatchDeleteImage")
def drop_images(client: Any, repository: str, pages: int = MOST_PAGES) -> bool:
    """Delete a repository's images, a hundred at a time; whether none is left."""
    with speaking(SERVICE):
        for _ in range(pages):
            found = client.list_images(repositoryName=repository, maxResults=100)["imageIds"]
            if not found:
                return True
            client.batch_delete_image(repositoryName=repository, imageIds=found)
    return False
