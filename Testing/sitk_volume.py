"""What SimpleITK made of a volume, as a volume again."""

import numpy as np
import SimpleITK

from CCFNetCore.images.volume import Volume


def volume_from_sitk(image: SimpleITK.Image, name: str) -> Volume:
    return Volume(
        name=name,
        array=SimpleITK.GetArrayFromImage(image),
        spacing_mm=image.GetSpacing(),
        origin_lps_mm=image.GetOrigin(),
        direction=np.reshape(image.GetDirection(), (3, 3)),
    )
