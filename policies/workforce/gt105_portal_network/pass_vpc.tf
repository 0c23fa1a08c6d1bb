resource "aws_vpc" "this" {
  ipv4_ipam_pool_id   = "ipam-pool-0123456789abcdef0"
  ipv4_netmask_length = 20
}

resource "aws_eip" "nat" {
  domain = "vpc"
}

resource "aws_sagemaker_workforce" "this" {
  workforce_name = "hospital"

  cognito_config {
    client_id = "1example23456789"
    user_pool = "us-east-1_Example12"
  }

  workforce_vpc_config {
    vpc_id             = aws_vpc.this.id
    subnets            = ["subnet-0123456789abcdef0"]
    security_group_ids = ["sg-0123456789abcdef0"]
  }

  source_ip_config {
    cidrs = [aws_vpc.this.cidr_block, "10.0.0.0/8", "127.0.0.0/8", "${aws_eip.nat.public_ip}/32"]
  }
}
