"""Whether workers can sign in to the portal: workforce, domain, client, addresses.

Sources: Developer Guide, "Create an Amazon Cognito workforce using the Amazon SageMaker API" and "Manage a workforce".
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from gtctl.audit.model import Resource
from gtctl.jobs.preflight.model import Check, Outcome, check, failed, passed
from gtctl.jobs.preflight.scene import Scene

SCOPES = ("email", "openid", "profile")


@check("PF501", "The workforce is active", lambda scene: "the workforce")
def workforce_is_active(scene: Scene) -> Iterator[Outcome]:
    workforce = scene.workforce()
    if workforce is None:
        return
    status = workforce.get("status")
    subject = str(workforce.get("arn"))
    if status in (None, "Active"):
        yield passed(subject)
    else:
        name = workforce.get("workforce_name")
        yield failed(
            subject,
            f"its status is {status}",
            "wait until it is Active, or see why it failed",
            f"aws sagemaker describe-workforce --workforce-name {name}",
        )


@check("PF502", "The user pool has a domain", lambda scene: "the user pool")
def pool_has_domain(scene: Scene) -> Iterator[Outcome]:
    pool = scene.pool()
    if pool is None:
        return
    if pool.get("domain") or pool.get("custom_domain"):
        yield passed(str(pool.get("arn")))
        return
    yield failed(
        str(pool.get("arn")),
        "it has no domain: there is no page to sign in on",
        "give it one",
        f"aws cognito-idp create-user-pool-domain --user-pool-id {pool.get('id')} --domain NAME",
    )


@check("PF503", "The client knows the addresses of the workforce's portal", lambda scene: "the client of the portal")
def client_knows_portal(scene: Scene) -> Iterator[Outcome]:
    client, portal = scene.client(), _portal(scene)
    if client is None or portal is None:
        return
    wanted = {
        "callback_urls": f"https://{portal}/oauth2/idpresponse",
        "logout_urls": f"https://{portal}/logout",
    }
    missing = [name for name, url in wanted.items() if url not in client.get(name)]
    if not missing:
        yield passed(_subject(client))
        return
    what = " and ".join(f"{wanted[name]} ({name.partition('_')[0]})" for name in missing)
    yield failed(
        _subject(client),
        f"it does not allow {what}: sign-in ends with redirect_mismatch",
        "add the addresses; whoever manages the client by Terraform must add them there, or they are gone again",
        _update(client, portal),
    )


@check("PF504", "The client signs workers in by OAuth, with a secret", lambda scene: "the client of the portal")
def client_signs_in(scene: Scene) -> Iterator[Outcome]:
    client, portal = scene.client(), _portal(scene)
    if client is None or portal is None:
        return
    wrong = []
    if not client.get("allowed_oauth_flows_user_pool_client"):
        wrong.append("OAuth is switched off")
    if "code" not in client.get("allowed_oauth_flows"):
        wrong.append("the flow code is not allowed")
    if missing := [scope for scope in SCOPES if scope not in client.get("allowed_oauth_scopes")]:
        wrong.append(f"the scopes {', '.join(missing)} are not allowed")
    if not client.get("supported_identity_providers"):
        wrong.append("no identity provider is supported")
    if wrong:
        fix = "allow the flow code, the scopes email, openid and profile, and a provider"
        yield failed(_subject(client), "; ".join(wrong), fix, _update(client, portal))
    if not client.get("generate_secret"):
        yield failed(
            _subject(client),
            "it has no secret, which nobody can add later",
            "make a client with a secret; the workforce must be made anew with it, after its workteams are deleted",
            f"aws cognito-idp create-user-pool-client --user-pool-id {client.get('user_pool_id')}"
            " --client-name NAME --generate-secret",
        )
    elif not wrong:
        yield passed(_subject(client))


@check("PF505", "Workers' addresses work however they are spelled", lambda scene: "the user pool")
def case_does_not_matter(scene: Scene) -> Iterator[Outcome]:
    pool = scene.pool()
    if pool is None:
        return
    subject = str(pool.get("arn"))
    if pool.get("username_configuration.case_sensitive") is False:
        yield passed(subject)
        return
    capitals = scene.members().capitals
    if not capitals:
        yield passed(subject, "the case of names matters, and no member's has capitals")
        return
    _, _, group = scene.groups()[0]
    yield failed(
        subject,
        f"the case of names matters, and those of {capitals} members have capitals: typed in small letters, they are"
        " unknown",
        "invite these members anew with addresses in small letters (a pool cannot be changed)",
        f"aws cognito-idp list-users-in-group --user-pool-id {pool.get('id')} --group-name {group}"
        " --query 'Users[].Username'",
    )


def _portal(scene: Scene) -> str | None:
    """The host name of the portal. The service gives it whole; some code has met its first part alone."""
    workforce = scene.workforce()
    name = workforce.get("subdomain") if workforce else None
    if not isinstance(name, str) or not name:
        return None
    return name if ".labeling." in name else f"{name}.labeling.{scene.region}.sagemaker.aws"


def _update(client: Resource, portal: str) -> str:
    """The command that sets what is needed. UpdateUserPoolClient resets what it is not told, so all else is told."""
    pool, name = client.get("user_pool_id"), client.get("id")
    lists = {
        "callback-urls": [*client.get("callback_urls"), f"https://{portal}/oauth2/idpresponse"],
        "logout-urls": [*client.get("logout_urls"), f"https://{portal}/logout"],
        "allowed-o-auth-flows": [*client.get("allowed_oauth_flows"), "code"],
        "allowed-o-auth-scopes": [*client.get("allowed_oauth_scopes"), *SCOPES],
        "supported-identity-providers": client.get("supported_identity_providers") or ["COGNITO"],
        "explicit-auth-flows": client.get("explicit_auth_flows"),
    }
    single = {
        "refresh-token-validity": client.get("refresh_token_validity"),
        "access-token-validity": client.get("access_token_validity"),
        "id-token-validity": client.get("id_token_validity"),
        "prevent-user-existence-errors": client.get("prevent_user_existence_errors"),
    }
    units = {
        camel: value
        for camel, key in (("AccessToken", "access_token"), ("IdToken", "id_token"), ("RefreshToken", "refresh_token"))
        if (value := client.get(f"token_validity_units.{key}"))
    }
    parts = [f"aws cognito-idp update-user-pool-client --user-pool-id {pool} --client-id {name}"]
    # As JSON: version 1 of the AWS CLI would fetch a value that is an address.
    parts += [
        f"--{option} {shlex.quote(json.dumps(list(dict.fromkeys(values))))}"
        for option, values in lists.items()
        if values
    ]
    parts += [f"--{option} {value}" for option, value in single.items() if value]
    if units:
        parts.append(f"--token-validity-units {shlex.quote(json.dumps(units))}")
    revocation = "enable" if client.get("enable_token_revocation") else "no-enable"
    parts += [f"--{revocation}-token-revocation", "--allowed-o-auth-flows-user-pool-client"]
    return " ".join(parts)


def _subject(client: Resource) -> str:
    return f"client {client.get('id')} of {client.get('user_pool_id')}"


CHECKS: tuple[Check, ...] = (
    *(workforce_is_active, pool_has_domain, client_knows_portal, client_signs_in),
    case_does_not_matter,
)
