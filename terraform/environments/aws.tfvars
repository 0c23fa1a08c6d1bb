# The stack on a real account: copy this file, name the copy after the environment, and plan it with ENV=<name>.
region      = "us-east-1"
name_prefix = "gtctl"

# Who may see the images: one Cognito group and one workteam for each entry.
workteams = {
  readers = { description = "People who may see the images" }
}

# The public ranges of your own network, at most 10. Elsewhere workers see a blank page.
source_ip_cidrs = ["203.0.113.0/24"]

# Who may take the role that uploads scans and launches jobs, and the one that audits: users and roles that exist.
launcher_trusted_arns = []
auditor_trusted_arns  = []

# Who hears of a job that is not private or not encrypted; each address confirms by the link it is sent.
alert_emails = []

tags = {
  data-classification = "phi"
}
