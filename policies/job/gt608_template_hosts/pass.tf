resource "aws_sagemaker_human_task_ui" "boxes" {
  human_task_ui_name = "boxes"

  ui_template {
    content = <<-EOT
      <script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
      <crowd-form>
        <crowd-bounding-box
          name="boundingBox"
          src="{{ task.input.taskObject | grant_read_access }}"
          labels="{{ task.input.labels | to_json | escape }}"
          header="Guidelines: https://guidelines.example.org/chest-ct"
        >
          <full-instructions header="Nodules">
            One box for each nodule. <a href="https://guidelines.example.org/chest-ct">More</a>
          </full-instructions>
          <short-instructions>One box for each nodule.</short-instructions>
        </crowd-bounding-box>
      </crowd-form>
    EOT
  }
}
