"""The living page of the design system: invented data, real templates. Never served."""
