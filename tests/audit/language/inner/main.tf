variable "word" {
  type     = string
  default  = "by default"
  nullable = false
}

resource "terraform_data" "this" {
  input = "in the module: ${var.word}"
}

output "word" {
  value = var.word
}
