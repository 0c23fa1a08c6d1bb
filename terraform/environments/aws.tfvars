# The stack on a real account: copy this file, name the copy after the environment, and plan it with ENV=<name>.
region      = "us-east-1"
name_prefix = "gtctl"

# Who may see the images: one Cognito group and one workteam for each entry.
workteams = {
  readers = { description = "People who may see the images" }
}

# The ranges of your own network, at most 10. Elsewhere workers see a blank page.
source_ip_cidrs = ["203.0.113.0/24"]

tags = {
  data-classification = "phi"
}
