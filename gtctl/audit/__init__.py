"""The auditor: evidence readers, the engine that judges resources by the rules below ``policies/``, report writers."""
