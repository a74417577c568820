import subprocess
import sys

import pytest

from forgery.imaging import networks, recipes
from forgery.imaging.configs import UNetConfig


def test_stored_config_rules_the_shape():
    config = UNetConfig(size=64, levels=3, dropout_levels=(3,))

    built = networks.build("paper-unet", config.to_dict())

    assert built.config == config
    assert len(built.down) == 3


def test_unknown_recipe_is_named_with_the_known_ones():
    with pytest.raises(KeyError, match=r"no recipe 'unet'; use paper-unet"):
        networks.build("unet")


def test_unknown_preset_is_named_with_the_known_ones():
    with pytest.raises(KeyError, match="no preset 'slow' of paper-unet; use quick"):
        recipes.get("paper-unet").settings("slow")


def test_recipes_and_configs_need_no_torch():
    code = (
        "import sys, forgery.imaging.recipes, detector.network.configs\n"
        "sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
