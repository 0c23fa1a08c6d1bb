"""Who signs in: user pools with their clients and groups (people are counted, never named), and identity pools."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.model import Resource, Unknown

_POOL, _CLIENT, _GROUP = "aws_cognito_user_pool", "aws_cognito_user_pool_client", "aws_cognito_user_group"
_IDENTITY_POOL = "aws_cognito_identity_pool"


def collect(reader: Reader, region: str, worker_groups: Collection[tuple[str, str]]) -> list[Resource]:
    """The user pools and identity pools of a Region.

    worker_groups: pool id and name of the groups whose people are counted. Others are left alone: a pool of another
    application may have millions of users.
    """
    pools, found = reader.listed("cognito-idp:ListUserPools", region, "UserPools", _POOL, _CLIENT, _GROUP)
    found += reader.map(lambda pool: pool_of(reader, region, pool["Id"], pool.get("Name", "")), pools)
    for listed, unread in reader.map(
        lambda pool: _below(reader, region, pool["Id"], "ListUserPoolClients", "UserPoolClients", _CLIENT), pools
    ):
        found += [*reader.map(lambda client: client_of(reader, region, client), listed), *unread]
    for listed, unread in reader.map(
        lambda pool: _below(reader, region, pool["Id"], "ListGroups", "Groups", _GROUP), pools
    ):
        found += [*(group_of(reader, region, group, worker_groups) for group in listed), *unread]
    return [*found, *_identity_pools(reader, region)]


def _below(
    reader: Reader, region: str, pool: str, operation: str, key: str, type_: str
) -> tuple[list[Any], list[Resource]]:
    """What a pool has of one type, as ``Reader.listed`` gives it."""
    arn, known = _arn(reader, region, pool), {"user_pool_id": pool}
    return reader.listed(
        f"cognito-idp:{operation}", region, key, type_, on=arn, of=(f"{pool}/*", known), UserPoolId=pool
    )


def pool_of(reader: Reader, region: str, pool: str, name: str) -> Resource:
    arn = _arn(reader, region, pool)
    known = {"id": pool, "arn": arn, "name": name}
    try:
        answer = reader.call("cognito-idp:DescribeUserPool", region, on=arn, UserPoolId=pool)["UserPool"]
    except NotRead as reason:
        return reader.unread(_POOL, pool, known, reason, arn, region)
    password = answer.get("Policies", {}).get("PasswordPolicy", {})
    admin = answer.get("AdminCreateUserConfig", {})
    attributes = known | {
        "mfa_configuration": answer.get("MfaConfiguration", "OFF"),
        "deletion_protection": answer.get("DeletionProtection", "INACTIVE"),
        "domain": answer.get("Domain"),
        "custom_domain": answer.get("CustomDomain"),
        "user_pool_tier": answer.get("UserPoolTier"),
        "admin_create_user_config": [{"allow_admin_create_user_only": admin.get("AllowAdminCreateUserOnly", False)}],
        "password_policy": [
            {
                "minimum_length": password.get("MinimumLength"),
                "require_lowercase": password.get("RequireLowercase", False),
                "require_numbers": password.get("RequireNumbers", False),
                "require_symbols": password.get("RequireSymbols", False),
                "require_uppercase": password.get("RequireUppercase", False),
                "temporary_password_validity_days": password.get("TemporaryPasswordValidityDays"),
            }
        ],
        "user_pool_add_ons": [
            {"advanced_security_mode": answer.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF")}
        ],
        # Where the service says nothing, names differ by case: its default.
        "username_configuration": [
            {"case_sensitive": answer.get("UsernameConfiguration", {}).get("CaseSensitive", True)}
        ],
    }
    return reader.resource(_POOL, pool, attributes, arn, region)


def client_of(reader: Reader, region: str, summary: Mapping[str, Any]) -> Resource:
    pool, client = summary["UserPoolId"], summary["ClientId"]
    arn = _arn(reader, region, pool)
    known = {"id": client, "user_pool_id": pool, "name": summary.get("ClientName")}
    try:
        answer = reader.call("cognito-idp:DescribeUserPoolClient", region, on=arn, UserPoolId=pool, ClientId=client)[
            "UserPoolClient"
        ]
    except NotRead as reason:
        return reader.unread(_CLIENT, client, known, reason, arn, region)
    units = answer.get("TokenValidityUnits", {})
    attributes = known | {
        # The secret itself goes no further.
        "generate_secret": bool(answer.get("ClientSecret")),
        "refresh_token_validity": answer.get("RefreshTokenValidity"),
        "access_token_validity": answer.get("AccessTokenValidity"),
        "id_token_validity": answer.get("IdTokenValidity"),
        "token_validity_units": [
            {
                "access_token": units.get("AccessToken"),
                "id_token": units.get("IdToken"),
                "refresh_token": units.get("RefreshToken"),
            }
        ],
        # Clients from before there was revocation say nothing of it, and have none.
        "enable_token_revocation": answer.get("EnableTokenRevocation", False),
        "allowed_oauth_flows_user_pool_client": answer.get("AllowedOAuthFlowsUserPoolClient", False),
        "allowed_oauth_flows": answer.get("AllowedOAuthFlows", []),
        "allowed_oauth_scopes": answer.get("AllowedOAuthScopes", []),
        "prevent_user_existence_errors": answer.get("PreventUserExistenceErrors"),
        "supported_identity_providers": answer.get("SupportedIdentityProviders", []),
        "explicit_auth_flows": answer.get("ExplicitAuthFlows", []),
        "callback_urls": answer.get("CallbackURLs", []),
        "logout_urls": answer.get("LogoutURLs", []),
    }
    return reader.resource(_CLIENT, client, attributes, arn, region)


def group_of(
    reader: Reader, region: str, group: Mapping[str, Any], worker_groups: Collection[tuple[str, str]]
) -> Resource:
    pool, name = group["UserPoolId"], group["GroupName"]
    counts = _people(reader, region, pool, name) if (pool, name) in worker_groups else {}
    attributes = {
        "id": f"{pool}/{name}",
        "name": name,
        "user_pool_id": pool,
        "description": group.get("Description"),
        "precedence": group.get("Precedence"),
        "role_arn": group.get("RoleArn"),
        **counts,
    }
    return reader.resource(_GROUP, f"{pool}/{name}", attributes, _arn(reader, region, pool), region)


def _people(reader: Reader, region: str, pool: str, group: str) -> dict[str, Any]:
    """How many may sign in, how many of them have done so before, and how many have a second factor."""
    arn = _arn(reader, region, pool)
    try:
        pages = reader.pages("cognito-idp:ListUsersInGroup", region, on=arn, UserPoolId=pool, GroupName=group)
        people = [person for page in pages for person in page.get("Users", ()) if person.get("Enabled", True)]
    except NotRead as reason:
        return dict.fromkeys(("user_count", "confirmed_count", "mfa_count"), Unknown(str(reason), nullable=False))
    confirmed = [person for person in people if person.get("UserStatus") in ("CONFIRMED", "EXTERNAL_PROVIDER")]

    def has_second_factor(person: Mapping[str, Any]) -> bool:
        answer = reader.call("cognito-idp:AdminGetUser", region, on=arn, UserPoolId=pool, Username=person["Username"])
        return bool(answer.get("UserMFASettingList"))

    try:
        second_factors: Any = sum(reader.map(has_second_factor, people))
    except NotRead as reason:
        second_factors = Unknown(str(reason), nullable=False)
    return {"user_count": len(people), "confirmed_count": len(confirmed), "mfa_count": second_factors}


def _identity_pools(reader: Reader, region: str) -> list[Resource]:
    pools, unread = reader.listed("cognito-identity:ListIdentityPools", region, "IdentityPools", _IDENTITY_POOL)
    return [*reader.map(lambda pool: _identity_pool(reader, region, pool), pools), *unread]


def _identity_pool(reader: Reader, region: str, pool: Mapping[str, Any]) -> Resource:
    name = pool["IdentityPoolId"]
    arn = f"arn:{reader.partition}:cognito-identity:{region}:{reader.account}:identitypool/{name}"
    known = {"id": name, "arn": arn, "identity_pool_name": pool.get("IdentityPoolName")}
    try:
        answer = reader.call("cognito-identity:DescribeIdentityPool", region, on=arn, IdentityPoolId=name)
    except NotRead as reason:
        return reader.unread(_IDENTITY_POOL, name, known, reason, arn, region)
    attributes = known | {
        "allow_unauthenticated_identities": answer.get("AllowUnauthenticatedIdentities"),
        "allow_classic_flow": answer.get("AllowClassicFlow", False),
    }
    return reader.resource(_IDENTITY_POOL, name, attributes, arn, region)


def _arn(reader: Reader, region: str, pool: str) -> str:
    return f"arn:{reader.partition}:cognito-idp:{region}:{reader.account}:userpool/{pool}"
