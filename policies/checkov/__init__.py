"""gtctl's rules as checkov checks: ``checkov -d DIR --external-checks-dir policies/checkov``.

Checkov loads every module of a package that it is pointed at; this file makes the folder one.
"""
