"""From a finished audit to a reviewed plan, and from the plan to files: nothing is done that the plan does not say."""
