"""YAML, without what hides mistakes or grows without end."""

from typing import Any

import yaml

from lookalike.transforms.core.settings.values import shown


class _Loader(yaml.SafeLoader):
    """Refuses a key that is there twice, and aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(f"it has an alias, *{self.peek_event().anchor}; write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Refuse keys that are there twice."""
        keys = [key.value for key, _ in node.value]
        twice = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
        if twice is not None:
            raise yaml.YAMLError(f"it has the key {shown(twice)} twice")
        return super().construct_mapping(node, deep)


def parse(text: str) -> Any:
    """Text -> what it is in YAML.

    Raises:
        YAMLError: in one line, whatever is wrong.
    """
    try:
        return yaml.load(text, _Loader)
    # of values that look like dates or numbers and are none, and of depths that no configuration has
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise yaml.YAMLError(" ".join(str(error).split())) from error
