"""From a template that names files beside it to one that names objects in a bucket, without asking AWS anything.

    packing        `package`: walks a template and its nested ones, and answers with what to deploy and what to upload
    places         which property of which resource type names local files, and what stands there afterwards
    loops          `Fn::ForEach`: the resources inside, unrolled where their files depend on the loop
    artifact       content keys and reproducible zips, made only when somebody reads them
    code           what code must fulfil: named, built, small enough for Lambda
    builds         whether code would have to be built first, which is never done here: building runs a stranger's code
    capabilities   which CloudFormation capabilities a template will be asked for

An artifact's key is made of its content, so uploading is `PutObject` with `If-None-Match: *` and an unchanged directory
is not even zipped.
"""

from app.aws.packaging.artifact import Artifact
from app.aws.packaging.packing import Packaged, package
from app.aws.packaging.places import PackagingRefused, Target

__all__ = ["Artifact", "Packaged", "PackagingRefused", "Target", "package"]
