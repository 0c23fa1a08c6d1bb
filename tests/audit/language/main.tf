# What Terraform makes of its language; the reader of Terraform code must make the same of it.

variable "teams" {
  type = map(object({
    members = optional(list(string), ["nobody"])
    size    = optional(number)
    open    = optional(bool, false)
  }))
  default = {
    radiology = { members = ["ana", "ben"], size = "3" }
    pathology = {}
  }
}

variable "flag" {
  type    = string
  default = "true"
}

variable "from_file" {
  type = list(string)
}

variable "not_null" {
  type     = string
  default  = "given"
  nullable = false
}

locals {
  numbers = [1, 2.5, -3, 4e2]
  nested  = { a = { b = [{ c = "deep" }] } }
  switched = var.flag == "true" ? "on" : "off"
  filtered = { for name, team in var.teams : upper(name) => length(team.members) if length(team.members) > 1 }
  grouped  = { for word in ["ant", "bee", "ape"] : substr(word, 0, 1) => word... }
  indexed  = [for at, word in ["x", "y"] : "${at}-${word}"]
}

resource "terraform_data" "operators" {
  input = {
    sums      = [1 + 2 * 3, (1 + 2) * 3, 7 % 4, 10 / 4, -2 - -3, 2 - 1]
    compared  = [1 < 2, 2 <= 2, 3 > 4, "a" == "a", "a" != "b", true && false || true, !false]
    mixed     = "1" + 1
    choice    = local.switched
    chained   = false ? 1 : true ? 2 : 3
    brackets  = [
      1,
      # a comment
      2, // another
      /* and one more */ 3,
    ]
  }
}

resource "terraform_data" "texts" {
  input = {
    escapes    = "tab\tquote\" back\\ unicode\u00e9 dollar$${not} percent%%{not} lone $ and %"
    template   = "a ${join(",", [for n in local.numbers : tostring(n)])} b ${true} ${1.0} ${local.nested.a.b[0].c}"
    directive  = "%{if local.switched == "on"}yes%{else}no%{endif} %{for w in ["p", "q"]}<${w}>%{endfor}"
    trimmed    = "x   ${~ "y" ~}   z"
    only       = "${local.numbers}"
    inner      = "outer ${"inner ${upper("deep")}"}"
    heredoc    = <<EOT
line one
  "quoted" \n stays ${local.switched}
EOT
    indented   = <<-EOT
      two
        three ${1 + 1}
      %{if true}kept%{endif}
    EOT
  }
}

resource "terraform_data" "collections" {
  input = {
    teams    = var.teams
    filtered = local.filtered
    grouped  = local.grouped
    indexed  = local.indexed
    splat    = local.nested.a.b[*].c
    legacy   = local.nested.a.b.*.c
    single   = local.switched[*]
    nothing  = null[*]
    index    = [local.nested["a"]["b"][0]["c"], local.numbers.1]
    keyed    = { (local.switched) = 1, "a b" = 2, c : 3 }
    from     = var.from_file
    not_null = module.inner["one"].word
    words    = [for key, each_module in module.inner : each_module.word]
  }
}

resource "terraform_data" "functions" {
  input = {
    json      = jsonencode({ b = [1, true, null, "x<y&z"], a = { c = "é" } })
    decoded   = jsondecode("{\"a\": [1, 2, {\"b\": null}]}")
    merged    = merge({ a = 1, b = 2 }, { b = 3 }, null)
    joined    = concat([1], [], ["a"])
    flat      = flatten([[1, [2]], [], [[3]]])
    looked    = [lookup({ a = "x" }, "a", "y"), lookup({ a = "x" }, "b", "y")]
    sets      = [sort(tolist(setunion(["a"], ["b", "a"]))), tolist(setsubtract(["a", "b"], ["a"])), tolist(setintersection(["a", "b"], ["b", "c"]))]
    product   = setproduct(["a", "b"], ["x"])
    texts     = [lower("ABC"), upper("abc"), title("hello world"), trimspace("  x "), trim("xxaxx", "x"), trimprefix("ab", "a"), trimsuffix("ab", "b"), strrev("abc"), chomp("x\n"), substr("hello", 1, 3), substr("hello", -3, -1)]
    replaced  = [replace("a-b-c", "-", "+"), replace("hello", "/l+/", "L"), replace("ab", "/(a)(b)/", "$2$1")]
    split     = split(",", "a,b,c")
    formatted = [format("%s-%03d-%t-%q-%%", "x", 7, true, "q"), formatlist("%s.%s", ["a", "b"], "z")]
    regexes   = [regex("[a-z]+", "12ab34"), regex("(\\d+)-(\\d+)", "1-2"), regexall("\\d", "a1b2")]
    numbers   = [max(1, 3, 2), min(1, 3, 2), abs(-2), ceil(1.2), floor(1.8), parseint("ff", 16), sum([1, 2, 3])]
    lists     = [element(["a", "b"], 3), index(["a", "b"], "b"), slice(["a", "b", "c"], 1, 3), reverse([1, 2]), range(3), range(1, 7, 2), distinct(["a", "b", "a"]), chunklist([1, 2, 3], 2), compact(["a", "", null])]
    tests     = [contains(["a"], "a"), startswith("ab", "a"), endswith("ab", "b"), strcontains("abc", "b"), alltrue([true, "true"]), anytrue([false]), can(local.nested.x), can(local.nested.a)]
    chosen    = [coalesce("", null, "c"), one([]), one(["x"]), try(local.nested.x.y, "fallback"), try(local.nested.a.b[0].c, "no")]
    maps      = [keys({ b = 1, a = 2 }), values({ b = 1, a = 2 }), zipmap(["a", "b"], [1, 2]), transpose({ a = ["x", "y"], b = ["x"] })]
    encoded   = [base64encode("hällo"), base64decode("aGVsbG8="), md5("x"), sha1("x"), sha256("x")]
    converted = [tostring(1.5), tonumber("2"), tobool("true"), tolist(toset(["b", "a", "b"])), tostring(null)]
    paths     = [basename("a/b.txt"), dirname("a/b.txt")]
    file      = file("${path.module}/text.txt")
    rendered  = templatefile("${path.module}/template.tftpl", { words = ["a", "b"], title = "T" })
    last      = { for k, v in { a = 1 } : k => v }["a"]
    expanded  = max([1, 5, 3]...)
  }
}

resource "terraform_data" "many" {
  for_each = { for name, team in var.teams : name => team if team.open == false }

  input = { key = each.key, members = each.value.members }
}

resource "terraform_data" "counted" {
  count = length(var.from_file)

  input = "${count.index}: ${var.from_file[count.index]}"
}

resource "terraform_data" "set" {
  for_each = toset(["b", "a"])

  input = "${each.key}${each.value}"
}

resource "terraform_data" "none" {
  count = local.switched == "off" ? 1 : 0
}

module "inner" {
  source   = "./inner"
  for_each = { one = "first", two = null }

  word = each.value
}
