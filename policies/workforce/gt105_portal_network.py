import re
from typing import Any

from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, Unknown, failed, is_set, passed, unknown, worst

RULE = Rule(
    id="GT105",
    title="The worker portal is open to known networks only",
    severity=Severity.HIGH,
    resource_types=("aws_sagemaker_workforce",),
    sources=("hcl", "plan", "job", "code", "live"),
    rationale=(
        "Without a list of networks, anybody on the internet reaches the sign-in page, and a worker who signs in looks "
        "at images from any café. A VPC adds a private portal; the public one stays open beside it until the list "
        "closes it."
    ),
    remediation=(
        "List the networks that workers sit in, as source_ip_config. With a portal in a VPC list the VPC's own "
        "private range: nobody on the internet has such an address."
    ),
    references=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-private-api.html",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/samurai-vpc-workforce.html",
    ),
    hipaa=("164.312(a)(1)", "164.312(e)(1)", "164.308(a)(4)(i)"),
    nist=("AC-17", "SC-7", "SC-7(5)"),
    example_hcl="""\
resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = aws_cognito_user_pool_client.this.id
    user_pool = aws_cognito_user_pool.this.id
  }

  source_ip_config {
    cidrs = ["198.51.100.0/24"]
  }
}
""",
)

_PATH = "source_ip_config.cidrs"
_EXPECTED = "the networks that workers sit in"
# Nobody on the internet has one of these addresses (RFC 1918, 6598, 1122, 4193). Spelled out, because ipaddress calls
# 0.0.0.0/0 private in some Python versions.
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7")
# More than the largest block that an organization is given by itself: a /8, or an IPv6 /20.
_MOST = {4: 2**24, 6: 2**108}
_SMALL = re.compile(r"/(1[6-9]|[2-9][0-9]|1[01][0-9]|12[0-8])\Z")


def check(resource: Resource, graph: Graph) -> Result | None:
    cidrs: list[Any] = list(resource.blocks(_PATH))
    if not cidrs and is_set(resource.peek("workforce_vpc_config")):
        return failed(_PATH, "a VPC, but no list: the public portal stays open", f"{_EXPECTED}, or the VPC's own")
    if not cidrs:
        return failed(_PATH, None, _EXPECTED)
    known = [cidr for cidr in cidrs if isinstance(cidr, str)]
    if _is_wide(known):
        return failed(_PATH, f"{', '.join(known)}: wider than any organization", _EXPECTED)
    # One by one: an entry of a block that may not be there proves nothing.
    return worst([(cidr,) for cidr in cidrs], lambda entry: _judge(*entry))


def _judge(cidr: Any) -> Result:
    if isinstance(cidr, Unknown):
        # The range of a VPC or a subnet is a /16 at most, as is text that ends so.
        if not cidr.symbol.endswith(".cidr_block") and not _SMALL.search(str(cidr.parts[-1])):
            cidr.undecided()
        return passed(cidr.text, _PATH)
    if _networks([cidr]):
        return passed(str(cidr), _PATH)
    return unknown(f"{cidr} is no network", _PATH, _EXPECTED)


def _is_wide(cidrs: list[str]) -> bool:
    """Whether ``cidrs`` together, split into halves or not, hold more public addresses than any organization."""
    import ipaddress

    private = [ipaddress.ip_network(text) for text in _PRIVATE]
    for version, most in _MOST.items():
        public = [
            network
            for network in _networks(cidrs)
            if network.version == version
            and not any(network.version == own.version and network.subnet_of(own) for own in private)
        ]
        if sum(network.num_addresses for network in ipaddress.collapse_addresses(public)) > most:
            return True
    return False


def _networks(cidrs: list[Any]) -> list[Any]:
    """Those of ``cidrs`` that are networks."""
    import ipaddress

    found = []
    for cidr in cidrs:
        try:
            found.append(ipaddress.ip_network(str(cidr).strip(), strict=False))
        except ValueError:
            continue
    return found
